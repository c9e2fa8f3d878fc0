import ChatModel
import Testing

@testable import Cluster

/// One node with two subscribers, at seconds since it began.
@Suite struct CanaryStateMachineTests {
    private static let own = NodeIncarnation(name: "n1", generation: 5)
    private let start = ContinuousClock.now
    private var machine = CanaryStateMachine(subscribers: 2, pace: CanaryPace())

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .milliseconds(Int(seconds * 1_000)) }

    private mutating func send(at seconds: Double, nodes: Int = 1) -> Canary {
        let members = (1...nodes).map {
            ClusterMember(
                node: NodeIncarnation(name: "n\($0)", generation: 5), state: .alive, address: "", version: "",
                startedAt: 0)
        }
        return machine.next(from: Self.own, among: members, now: at(seconds))
    }

    @discardableResult
    private mutating func hear(_ canary: Canary, by subscriber: Int, at seconds: Double) -> CanaryTable.Finding {
        machine.heard(canary, publishedAt: 0, by: subscriber, now: at(seconds))
    }

    /// A canary that is published, taken, and heard by these.
    private mutating func fly(at seconds: Double, heardBy subscribers: [Int]) {
        let canary = send(at: seconds)
        machine.taken(canary)
        for subscriber in subscribers { hear(canary, by: subscriber, at: seconds) }
    }

    private mutating func begin() {
        #expect(machine.tick(now: start) == [.publish])
        machine.withheld("not connected to Redis", now: start)
        for subscriber in 0..<2 { #expect(machine.subscribed(subscriber, now: start) == [.publish]) }
        fly(at: 0, heardBy: [0, 1])
    }

    @Test mutating func aNodeIsReadyOnceEverySubscriberHasReceivedItsCanary() {
        #expect(machine.tick(now: start) == [.publish])
        machine.withheld("not connected to Redis", now: start)
        #expect(
            machine.unreadyReason(now: start)
                == "this node has not received its own canary yet (subscribe-0): cannot publish: not connected to Redis"
        )
        #expect(machine.tick(now: at(0.25)) == [.publish], "it is tried again at once")
        _ = machine.subscribed(0, now: start)
        _ = machine.subscribed(1, now: start)
        let canary = send(at: 0)
        machine.taken(canary)
        hear(canary, by: 0, at: 0)
        #expect(machine.unreadyReason(now: start)?.contains("(subscribe-1)") == true)
        hear(canary, by: 1, at: 0)
        #expect(machine.unreadyReason(now: start) == nil)
    }

    @Test mutating func canariesAreSentAtTheirInterval() {
        begin()
        #expect(machine.tick(now: at(4.9)) == [])
        #expect(machine.tick(now: at(5)) == [.publish])
        _ = send(at: 5, nodes: 40)
        #expect(machine.tick(now: at(14.9)) == [])
        #expect(machine.tick(now: at(15)) == [.publish])
    }

    @Test mutating func aDeafSubscriberIsReconnectedAndReported() throws {
        begin()
        for second in [5.0, 10, 15] { fly(at: second, heardBy: [0]) }
        #expect(machine.tick(now: at(16)) == [])
        #expect(machine.unreadyReason(now: at(16)) == nil)
        #expect(machine.tick(now: at(16.1)) == [.renew(subscriber: 1)])
        let reason = try #require(machine.unreadyReason(now: at(16.1)))
        #expect(reason.hasPrefix("this node has not received its own canary for 16 s (subscribe-1): Redis accepts"))

        machine.renewed(1)
        #expect(machine.tick(now: at(17)) == [], "it is given time")
        #expect(machine.unreadyReason(now: at(17)) != nil)
        #expect(machine.subscribed(1, now: at(17)) == [.publish])
        fly(at: 17, heardBy: [0, 1])
        #expect(machine.unreadyReason(now: at(17)) == nil)
        for second in [22.0, 27, 32] { fly(at: second, heardBy: [0]) }
        #expect(machine.tick(now: at(33.1)) == [.renew(subscriber: 1)])
    }

    @Test mutating func nobodyIsDeafWhileRedisRejectsPublishing() {
        begin()
        for second in [5.0, 10, 15, 20] {
            _ = send(at: second)
            machine.refused("Redis did not answer in time")
        }
        #expect(machine.tick(now: at(24)) == [])
        #expect(
            machine.unreadyReason(now: at(24))
                == "this node has not received its own canary for 24 s (subscribe-0): cannot publish: Redis did not "
                + "answer in time")
    }

    @Test mutating func aReadOnlyRedisStillAllowsReading() {
        _ = send(at: 0)
        machine.refused("Redis refuses writes (OOM …)", asWrite: true)
        #expect(machine.unreadyReason(now: start) == nil, "also before the first was ever heard")
        #expect(machine.degradedReason == "chat is read-only: Redis refuses writes (OOM …)")
        #expect(machine.publishFailure != nil)
        #expect(machine.tick(now: at(0.9)) == [])
        #expect(machine.tick(now: at(1)) == [.publish], "its end is noticed soon")
        // Then Redis goes away: it still accepts nothing.
        machine.withheld("not connected to Redis", now: at(1))
        #expect(machine.degradedReason == nil && machine.unreadyReason(now: at(1)) != nil)
        machine.refused("Redis did not answer in time")
        #expect(machine.isReadOnly)
        fly(at: 2, heardBy: [0, 1])
        #expect(!machine.isReadOnly)
        #expect(machine.degradedReason == nil && machine.publishFailure == nil)
        #expect(machine.unreadyReason(now: at(2)) == nil)
        #expect(machine.tick(now: at(6.9)) == [])
    }

    @Test mutating func aReceiptMayComeAfterTheCanary() {
        begin()
        for second in [5.0, 10, 15, 20] {
            let canary = send(at: second)
            for subscriber in 0..<2 { hear(canary, by: subscriber, at: second) }
            machine.taken(canary)
        }
        #expect(machine.tick(now: at(20)) == [])
        #expect(machine.unreadyReason(now: at(20)) == nil)
    }

    @Test mutating func onlyCanariesOfThisIncarnationAreItsOwn() {
        _ = machine.subscribed(0, now: start)
        _ = send(at: 0)
        hear(Canary(from: NodeIncarnation(name: "n1", generation: 4), number: 1), by: 0, at: 0)
        hear(Canary(from: Self.own, number: 2), by: 0, at: 0)
        #expect(machine.unreadyReason(now: start) != nil)
    }

    @Test mutating func ownCanariesAreTimedFromSendingAndOthersByTheClockOfRedis() {
        begin()
        let canary = send(at: 5)
        hear(canary, by: 0, at: 5.03)
        let other = Canary(from: NodeIncarnation(name: "n2", generation: 1), number: 9)
        // Redis' clock shows 1,000 s at 5 s.
        machine.clockRead(1_000_000_000, asked: at(5), answered: at(5))
        #expect(machine.heard(other, publishedAt: 1_000_010, by: 0, now: at(5.02)) == .ok)
        #expect(machine.heard(other, publishedAt: 1_000_010, by: 1, now: at(5.05)) == .ok)
        let receipts = machine.receipts(own: "n1", now: at(5.05))
        #expect(receipts.map(\.from) == ["n1", "n2"])
        // The second subscriber has not heard this node's latest: the worst is told.
        #expect(receipts.map(\.number) == [1, 9])
        #expect(receipts[1].last == .milliseconds(10), "heard longest ago: \(receipts)")
        hear(canary, by: 1, at: 5.05)
        #expect(machine.receipts(own: "n1", now: at(6))[0].number == 2)
    }

    @Test mutating func theLatestReceiptsAreReportedAfterItsOwn() {
        begin()
        machine.clockRead(0, asked: start, answered: start)
        for (index, lateness) in [30, 10, 900, 20].enumerated() {
            let other = Canary(from: NodeIncarnation(name: "m\(index)", generation: 1), number: 1)
            _ = machine.heard(other, publishedAt: 0, by: 0, now: start + .milliseconds(lateness))
        }
        #expect(machine.receipts(own: "n1", now: at(1)).map(\.from) == ["n1", "m2", "m0", "m3", "m1"])
    }
}
