import ChatModel
import ChatProtocol
import TestSupport
import Testing

extension Integration {
    /// Redis dies and comes back with all or a part of what it had: `docs/protocol.md`, section 5.
    struct FailoverTests {
        /// A clock that was ahead before the failover makes both servers issue the same ids: only the epoch differs.
        @Test(arguments: [false, true])
        func reusedNumbersAreDetected(clockStep: Bool) async throws {
            try await RedisPair.with { redis in
                try await withNodes(2, environment: ["REDIS_URL": redis.primary.url]) { nodes in
                    let (ann, bob) = try await Member.annAndBob(on: nodes[0], nodes[1])
                    try await ann.say("1")
                    if clockStep { try redis.primary.append(["2"], ahead: 3_600_000) }
                    let kept = try await ann.say("kept")
                    try await redis.waitUntilLevel()
                    try redis.cutOff()
                    let lost = [try await ann.say("lost"), try await ann.say("lost too")]
                    for who in [ann, bob] { _ = try await who.history(through: "lost too") }
                    let epoch = try await Member.open(nodes[0]).join("lobby").position.epoch

                    try await redis.failOver()
                    let before = clockStep ? ["1", "2", "kept"] : ["1", "kept"]
                    for who in [ann, bob] { #expect(try await who.nextTold() == .reset(before, seq: kept.seq)) }
                    // Before anything new is said: the log ends below the position.
                    let carol = try await Member.open(nodes[1], name: "carol")
                    let early = try await carol.join("lobby", since: RoomPosition(epoch: epoch, id: lost[1]))
                    #expect(!early.recovered && early.messages.map(\.text) == before)

                    let new = [
                        try await ann.insist("new"), try await ann.insist("newer"),
                        try await ann.insist("newest"),
                    ]
                    #expect(new[0].seq == lost[0].seq)
                    #expect((new[0] == lost[0]) == clockStep, "\(new[0]) instead of \(lost[0])")
                    for who in [ann, bob, carol] {
                        #expect(
                            try await who.history(through: "newest")
                                == zip(["new", "newer", "newest"], new).map {
                                    .chat($0, seq: $1.seq)
                                })
                    }

                    // Now the log reaches beyond the position, which is of a branch that was lost: what replaced it follows.
                    let dave = try await Member.open(nodes[0], name: "dave")
                    let late = try await dave.join("lobby", since: RoomPosition(epoch: epoch, id: lost[1]))
                    #expect(!late.recovered && late.missing == nil)
                    #expect(late.messages.map(\.text) == ["new", "newer", "newest"])
                    // What both branches share is recovered.
                    let eve = try await Member.open(nodes[1], name: "eve")
                    let shared = try await eve.join("lobby", since: RoomPosition(epoch: epoch, id: kept))
                    #expect(shared.recovered && shared.messages.map(\.text) == ["new", "newer", "newest"])
                    #expect(shared.position.epoch.random == epoch.random && shared.position.epoch.tag != epoch.tag)
                }
            }
        }

        @Test func aRestartFromTheAppendOnlyFileRecoversEverybody() async throws {
            let arguments = ["--appendonly", "yes", "--appendfsync", "always"]
            try await withCluster(2, redis: arguments) { redis, nodes in
                let (ann, bob) = try await Member.annAndBob(on: nodes[0], nodes[1])
                let seen = try await ann.say("1")
                let epoch = try await Member.open(nodes[0]).join("lobby").position.epoch
                try await ann.say("2")

                await redis.kill()
                try await redis.launch()
                try await ann.insist("3")
                try await ann.insist("4")
                for who in [ann, bob] {
                    #expect(try await who.history(through: "4") == (1...4).map { .chat("\($0)", seq: UInt64($0)) })
                }
                let carol = try await Member.open(nodes[1], name: "carol")
                let joined = try await carol.join("lobby", since: RoomPosition(epoch: epoch, id: seen))
                #expect(joined.recovered && joined.messages.map(\.text) == ["2", "3", "4"])
                #expect(joined.position.epoch.tag != epoch.tag, "the server was restarted")
            }
        }

        @Test func aFlushResetsEverybodyOnce() async throws {
            try await withCluster(2) { redis, nodes in
                let (ann, bob) = try await Member.annAndBob(on: nodes[0], nodes[1])
                let seen = try await ann.say("old")
                for who in [ann, bob] { _ = try await who.history(through: "old") }
                let epoch = try await Member.open(nodes[0]).join("lobby").position.epoch

                try redis.cli("FLUSHALL")
                try await ann.say("new")
                try await ann.say("newer")
                for who in [ann, bob] {
                    let told = try await who.history(through: "newer")
                    #expect(told.first?.texts.first == "new", "\(told)")
                    #expect(told.flatMap(\.texts) == ["new", "newer"])
                    #expect(told.count { if case .reset(_, _, nil) = $0 { true } else { false } } == 1, "\(told)")
                }
                let carol = try await Member.open(nodes[1], name: "carol")
                let joined = try await carol.join("lobby", since: RoomPosition(epoch: epoch, id: seen))
                #expect(!joined.recovered && joined.missing == nil)
                #expect(joined.messages.map(\.text) == ["new", "newer"])
                #expect(joined.position.epoch.random != epoch.random)
            }
        }

        /// Nobody says anything: the heads are compared, and the empty room is told. Its first message is no reset then.
        @Test func aFlushOfASilentRoomIsFoundAndReportedOnce() async throws {
            try await withCluster(2) { redis, nodes in
                let (ann, bob) = try await Member.annAndBob(on: nodes[0], nodes[1])
                try await ann.say("old")
                for who in [ann, bob] { _ = try await who.history(through: "old") }
                try redis.cli("FLUSHALL")
                for who in [ann, bob] { #expect(try await who.nextTold() == .reset([], seq: 0)) }
                try await bob.say("new")
                for who in [ann, bob] {
                    #expect(try await who.history(through: "new") == [.chat("new", seq: 1)])
                }
            }
        }

        @Test func aMemberOfAnEmptyRoomRecoversAfterAReconnect() async throws {
            try await withCluster(1) { _, nodes in
                let ann = try await Member.open(nodes[0], name: "ann")
                let position = try await ann.join("lobby").position
                #expect(position == .start)
                for number in 1...3 { try await ann.say("\(number)") }
                let bob = try await Member.open(nodes[0], name: "bob")
                let joined = try await bob.join("lobby", since: position)
                #expect(joined.recovered && joined.messages.map(\.text) == ["1", "2", "3"])
            }
        }
    }
}
