import Testing

@testable import Gossip

/// One instance, spoken to by hand.
@Suite struct GossipInstanceTests {
    private static let wall: Int64 = 1_760_000_000_000

    /// A node under test, and what it said in its last step.
    private struct Subject {
        var instance: GossipInstance
        var time = GossipTime(uptime: 1_000_000, wall: GossipInstanceTests.wall)
        var said: [GossipDirective] = []

        init(parameters: GossipParameters = GossipParameters(), joined: Bool = true) {
            instance = GossipInstance(GossipInstanceTests.record("me"), parameters: parameters, now: time, seed: 1)
            step(.join(joined ? [] : [GossipInstanceTests.address(9)]))
        }

        mutating func step(_ event: GossipEvent) {
            said = instance.step(event, now: time)
        }

        mutating func hear(_ claims: [Claim], asView: Bool = false, from sender: MemberRecord? = nil) {
            hear(from: sender) { $0.list(asView ? .view : .rumours) { for claim in claims { _ = $0.append(claim) } } }
        }

        mutating func hear(from sender: MemberRecord? = nil, _ write: (inout GossipWriter) -> Void) {
            var writer = GossipWriter(sender: sender ?? GossipInstanceTests.record("peer", 1))
            write(&writer)
            step(.datagram(writer.bytes, from: GossipInstanceTests.address(1)))
        }

        /// Wakes it when it wishes to be, until then.
        mutating func run(for duration: Microseconds) {
            let end = time.uptime + duration
            var all = said
            var next = wish(in: said) ?? time.uptime
            while next <= end {
                time.uptime = max(time.uptime, next)
                step(.wake)
                all += said
                next = wish(in: said) ?? end + 1
            }
            time.uptime = end
            said = all
        }

        private func wish(in directives: [GossipDirective]) -> Microseconds? {
            var wish: Microseconds?
            for case .wake(let moment) in directives { wish = moment }
            return wish
        }

        var refusals: [GossipRefusal] {
            said.compactMap { if case .refused(let reason) = $0 { reason } else { nil } }
        }
        var isNameTaken: Bool { said.contains { if case .nameTaken = $0 { true } else { false } } }
        var messages: [GossipMessage] {
            said.compactMap { if case .send(let bytes, _) = $0 { GossipMessage(parsing: bytes) } else { nil } }
        }
        func status(_ name: String) -> MemberStatus? { instance.members[name]?.record.status }
    }

    private static func address(_ number: UInt8) -> GossipAddress { GossipAddress([10, 0, 0, number], port: 1)! }

    private static func record(
        _ name: String, _ tag: UInt64 = 0, _ status: MemberStatus = .alive, generation: UInt64 = UInt64(wall),
        incarnation: UInt32 = 0
    ) -> MemberRecord {
        MemberRecord(
            name: name, bootTag: tag, address: address(UInt8(tag)),
            standing: Standing(generation: generation, incarnation: incarnation, status: status))
    }

    // MARK: - Oneself

    @Test func anAccusationIsRefutedByAHigherIncarnation() {
        var me = Subject()
        me.hear([Claim(Self.record("me", 0, .suspect, incarnation: 4), accusers: ["peer"])])
        #expect(me.instance.own.standing.incarnation == 5)
        #expect(me.instance.health.score == 1)
        me.hear([Claim(Self.record("me", 0, .dead, incarnation: 4))])
        #expect(me.instance.own.standing.incarnation == 5)
    }

    @Test func aLeavingNodeNeverRefutes() {
        var me = Subject()
        me.hear([])
        me.step(.leave)
        me.hear([Claim(Self.record("me", 0, .suspect, incarnation: 4), accusers: ["peer"])])
        #expect(me.instance.own.standing.status == .left)
        #expect(me.instance.own.standing.incarnation == 0)
        me.run(for: 2_000_000)
        #expect(me.said.contains { if case .left = $0 { true } else { false } })
        #expect(me.messages.contains { $0.sender.status == .left })
    }

    @Test func aStartingNodeTakesAGenerationAfterItsOwnPast() {
        var me = Subject(joined: false)
        me.hear([Claim(Self.record("me", 7, .alive, generation: UInt64(Self.wall) + 500))], asView: true)
        #expect(!me.isNameTaken)
        #expect(me.instance.own.standing.generation == UInt64(Self.wall) + 501)
    }

    @Test func aLaterProcessOfTheSameNameEndsThisOne() {
        var me = Subject()
        me.hear([Claim(Self.record("me", 7, .alive, generation: UInt64(Self.wall) + 500))])
        #expect(me.isNameTaken)
        me.hear([])
        #expect(me.said.isEmpty)
    }

    @Test func aLaterIncarnationThatEndedIsOnlySuperseded() {
        var me = Subject()
        me.hear([Claim(Self.record("me", 7, .dead, generation: UInt64(Self.wall) + 500))])
        #expect(!me.isNameTaken)
        #expect(me.instance.own.standing.generation == UInt64(Self.wall) + 501)
    }

    @Test func oneOfTwoSimultaneousStartsGetsAhead() {
        var lower = Subject()
        lower.hear([Claim(Self.record("me", 7))])
        #expect(lower.instance.own.standing.generation == UInt64(Self.wall) + 2)
    }

    // MARK: - Others

    @Test func aDeathReportedByOthersIsOnlyASuspicion() {
        var me = Subject()
        me.hear([Claim(Self.record("other", 2))])
        me.hear([Claim(Self.record("other", 2, .dead)), Claim(Self.record("unknown", 3, .dead))], asView: true)
        #expect(me.status("other") == .suspect)
        #expect(me.status("unknown") == .dead)
        #expect(me.instance.members["other"]?.accusations.map(\.accuser) == ["peer"])
    }

    @Test func aDepartureIsAcceptedAsReported() {
        var me = Subject()
        me.hear([Claim(Self.record("other", 2))])
        me.hear([Claim(Self.record("other", 2, .left))], asView: true)
        #expect(me.status("other") == .left)
    }

    @Test func aLateDepartureDoesNotEndTheNextIncarnation() {
        var me = Subject()
        me.hear([Claim(Self.record("other", 2, generation: UInt64(Self.wall) + 1))])
        me.hear([Claim(Self.record("other", 2, .left, generation: UInt64(Self.wall), incarnation: 9))])
        #expect(me.status("other") == .alive)
    }

    @Test func aSilentNodeIsSuspectedAndDeclaredDead() {
        var me = Subject()
        me.hear([])
        me.run(for: 1_600_000)
        #expect(me.status("peer") == .suspect)
        #expect(me.instance.members["peer"]?.accusations.map(\.accuser) == ["me"])
        me.run(for: 3_000_000)
        #expect(me.status("peer") == .dead)
    }

    @Test func aNodesOwnStallAccusesNobody() {
        var me = Subject()
        me.hear([])
        me.run(for: 1_600_000)
        #expect(me.status("peer") == .suspect)
        me.time.uptime += 60_000_000
        me.step(.wake)
        #expect(me.status("peer") == .suspect)
        me.hear([], from: Self.record("peer", 1, incarnation: 1))
        #expect(me.status("peer") == .alive)
    }

    @Test func aNodeDeclaredDeadLearnsItWhenItSpeaks() {
        var me = Subject()
        me.hear([Claim(Self.record("other", 2))])
        me.hear([Claim(Self.record("other", 2, .dead), accusers: ["peer"])])
        me.hear([], from: Self.record("other", 2))
        #expect(
            me.messages.contains { message in
                message.parts.contains { part in
                    guard case .rumours(let claims) = part else { return false }
                    return claims.contains { $0.record.name == "other" && $0.record.status == .dead }
                }
            })
    }

    @Test func loadOfAnEarlierIncarnationIsIgnored() {
        var me = Subject()
        me.hear([Claim(Self.record("other", 2))])
        for (generation, version) in [(UInt64(Self.wall), 3), (UInt64(Self.wall), 2), (1, 9)] as [(UInt64, UInt32)] {
            let attributes = GossipPart.Attributes(
                name: "other", generation: generation, version: version, bytes: [UInt8(version)])
            me.hear { $0.list(.attributes) { _ = $0.append(attributes) } }
        }
        #expect(me.instance.members["other"]?.attributes == [3])
    }

    // MARK: - Bounds

    @Test func aGenerationMoreThanADayAheadIsRejected() {
        var me = Subject()
        me.hear([Claim(Self.record("other", 2, generation: UInt64(Self.wall) + 86_400_001))])
        #expect(me.refusals == [.generationAhead])
        #expect(me.status("other") == nil)
        me.hear([Claim(Self.record("other", 2, generation: .max))])
        #expect(me.refusals == [.generationAhead])
    }

    @Test func aFullTableForgetsTheOldestGoneNodeAndRejectsLiveOnes() {
        var parameters = GossipParameters()
        parameters.maximumMembers = 4
        var me = Subject(parameters: parameters)
        me.hear([Claim(Self.record("gone", 2, .dead), goneSeconds: 60), Claim(Self.record("a", 3))])
        me.hear([Claim(Self.record("b", 4))])
        #expect(me.status("gone") == nil)
        #expect(me.status("b") == .alive)
        me.hear([Claim(Self.record("c", 5))])
        #expect(me.refusals == [.tableFull])
        #expect(me.status("c") == nil)
    }

    @Test func probesOnBehalfOfOthersAreLimited() {
        var me = Subject()
        for sequence in 0..<65 as Range<UInt32> {
            me.hear { $0.pingRequest("other", at: Self.address(2), sequence: sequence) }
            #expect(me.refusals == (sequence == 64 ? [.relaysFull] : []))
        }
    }

    @Test func goneNodesAreForgottenAfterADay() {
        var me = Subject()
        me.hear([Claim(Self.record("gone", 2, .left))])
        let digest = me.instance.members.digest
        me.run(for: 23 * 3_600_000_000 + 120_000_000)
        #expect(me.status("gone") == .left)
        #expect(me.instance.members.digest != digest)
        me.run(for: 3_600_000_000)
        #expect(me.status("gone") == nil)
        // What another still remembers of it is too old to come back.
        me.hear([Claim(Self.record("gone", 2, .left), goneSeconds: 83_000)], asView: true)
        #expect(me.status("gone") == nil)
    }

    @Test func aHigherGenerationIsAcceptedAndReportedAndALowerOneIsNot() {
        var me = Subject()
        let first = me.instance.own.standing.generation
        me.step(.generation(first))
        #expect(me.instance.own.standing.generation == first)
        me.step(.generation(first + 5))
        #expect(me.instance.own.standing == Standing(generation: first + 5, incarnation: 0, status: .alive))
        #expect(me.said.contains { if case .renewed = $0 { true } else { false } })
        me.step(.generation(.max))
        #expect(me.refusals == [.generationAhead])
    }
}
