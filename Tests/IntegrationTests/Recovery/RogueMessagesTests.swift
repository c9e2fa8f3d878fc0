import ChatModel
import ChatProtocol
import TestSupport
import Testing

extension Integration {
    /// Somebody else than a node publishes on a room's channel what looks like a message: the room does not stand still.
    struct RogueMessagesTests {
        private static func payload(epoch: String, id: String, text: String) -> String {
            "M rogue \(epoch) \(id) 1 1 1 0 \(text.utf8.count) 0\nuU\(text)"
        }

        @Test func aFutureEpochAndTheGreatestNumberStopNobody() async throws {
            try await withCluster(2) { redis, nodes in
                let (ann, bob) = try await Member.annAndBob(on: nodes[0], nodes[1])
                let first = try await ann.say("1")
                let epoch = try await Member.open(nodes[0]).join("lobby").position.epoch.description
                for who in [ann, bob] { _ = try await who.history(through: "1") }

                let greatest = "18446744073709551615"
                let random = epoch.prefix { $0 != "." }
                let rogue = [
                    Self.payload(epoch: epoch, id: "\(first.ms)-\(greatest)", text: "rogue"),
                    Self.payload(epoch: epoch, id: "\(greatest)-\(greatest)", text: "rogue"),
                    Self.payload(epoch: epoch, id: "\(first.ms)-1000", text: "rogue"),
                    Self.payload(epoch: "ffffffffffffffff.ffffffff", id: "\(greatest)-1", text: "rogue"),
                    Self.payload(epoch: "\(random).ffffffff", id: "\(first.ms)-\(greatest)", text: "rogue"),
                    // Larger than any text may be.
                    Self.payload(epoch: epoch, id: "\(first.ms)-2", text: String(repeating: "x", count: 100_000)),
                ]
                for (index, payload) in rogue.enumerated() {
                    try redis.cli("PUBLISH", "webchat:0:{lobby}:live", payload)
                    let id = try await ann.say("after \(index)")
                    #expect(id.seq == UInt64(index + 2))
                    for who in [ann, bob] {
                        #expect(try await who.nextTold() == .chat("after \(index)", seq: id.seq), "payload \(index)")
                    }
                }
            }
        }

        /// It would end the socket of everybody who reads the room.
        @Test func anEntryOfThirtyMegabytesIsSkippedAndReported() async throws {
            try await withCluster(1) { redis, nodes in
                let ann = try await Member.open(nodes[0], name: "ann")
                let position = try await ann.join("lobby").position
                try await ann.say("1")
                _ = try await ann.history(through: "1")
                let fields = "'user', 'u', 'name', 'U', 'key', '', 'ts', '1', 'text', string.rep('x', 30000000)"
                let script = """
                    local id = redis.call('HGET', KEYS[2], 'ms') .. '-2'
                    redis.call('XADD', KEYS[1], id, \(fields))
                    redis.call('HSET', KEYS[2], 'seq', 2)
                    return 'OK'
                    """
                let keys = [RedisServer.log(), RedisServer.head()]
                #expect(try redis.cli(["EVAL", script, "2"] + keys) == "OK")
                try await ann.say("3")
                #expect(try await ann.nextTold() == .reset(["3"], seq: 3, missing: 2...2))
                let bob = try await Member.open(nodes[0], name: "bob")
                let joined = try await bob.join("lobby", since: position)
                #expect(joined.messages.map(\.text) == ["1"])
                #expect(try await bob.nextTold() == .reset(["3"], seq: 3, missing: 2...2))
                try await ann.conversation.expectOpen()
            }
        }
    }
}
