import ChatModel
import ChatProtocol
import TestSupport
import Testing

extension Integration {
    /// What was trimmed, is not to be read, or is not what it should be: skipped and told, waited for by nobody.
    struct LogDamageTests {
        /// Ann and bob are in the room, on two nodes; ten messages are there, and bob has seen the first two.
        private static func withTenMessages(
            _ body: (RedisServer, [NodeProcess], Member, RoomPosition) async throws -> Void
        ) async throws {
            try await withCluster(2) { redis, nodes in
                let ann = try await Member.inLobby(nodes[0], name: "ann")
                for number in 1...2 { try await ann.say("\(number)") }
                let bob = try await Member.open(nodes[1], name: "bob")
                let position = try await bob.join("lobby").position
                for number in 3...10 { try await ann.say("\(number)") }
                _ = try await ann.history(through: "10")
                try await body(redis, nodes, ann, position)
            }
        }

        @Test func trimmedMessagesAreReportedAsMissing() async throws {
            try await Self.withTenMessages { redis, nodes, ann, position in
                try redis.cli("XTRIM", RedisServer.log(), "MAXLEN", "=", "4")
                let joined = try await Member.open(nodes[1]).join("lobby", since: position)
                #expect(!joined.recovered && joined.missing?.seqs == 3...6)
                #expect(joined.missing?.from.ms == position.id.ms)
                #expect(joined.messages.map(\.text) == ["7", "8", "9", "10"] && !joined.more)
                // The first that is kept is the next one: nothing is missing.
                let six = RoomPosition(epoch: position.epoch, id: MessageID(ms: position.id.ms, seq: 6))
                let lucky = try await Member.open(nodes[1]).join("lobby", since: six)
                #expect(lucky.recovered && lucky.messages.count == 4)

                // Members who are there, when messages that they did not hear are trimmed already.
                try redis.append((11...20).map { "\($0)" }, keeping: 3)
                #expect(try await ann.nextTold() == .reset(["18", "19", "20"], seq: 20, missing: 11...17))
                try await ann.say("21")
                #expect(try await ann.nextTold() == .chat("21", seq: 21))
            }
        }

        @Test func aHoleIsSkippedAndReported() async throws {
            try await Self.withTenMessages { redis, nodes, ann, position in
                let entry = try redis.cli("XRANGE", RedisServer.log(), "-", "+").split(separator: "\n")
                    .first { $0.hasSuffix("-5") }
                #expect(try redis.cli("XDEL", RedisServer.log(), String(try #require(entry))) == "1")
                let bob = try await Member.open(nodes[1])
                let joined = try await bob.join("lobby", since: position)
                #expect(joined.recovered && joined.missing == nil && joined.messages.map(\.text) == ["3", "4"])
                #expect(try await bob.nextTold() == .reset(["6", "7", "8", "9", "10"], seq: 10, missing: 5...5))
                try await ann.say("11")
                for who in [ann, bob] { #expect(try await who.nextTold() == .chat("11", seq: 11)) }
            }
        }

        @Test func anUnreadableEntryIsSkippedAndReported() async throws {
            try await Self.withTenMessages { redis, nodes, ann, position in
                // Nobody hears of it; the next message shows the gap.
                try redis.append([nil, nil, "13", nil])
                try await ann.say("15")
                let bob = try await Member.open(nodes[1])
                let joined = try await bob.join("lobby", since: position)
                #expect(joined.recovered && joined.messages.map(\.text) == (3...10).map { "\($0)" })
                for who in [ann, bob] {
                    #expect(try await who.nextTold() == .reset(["13"], seq: 13, missing: 11...12))
                    #expect(try await who.nextTold() == .reset(["15"], seq: 15, missing: 14...14))
                }
                #expect(try await nodes[0].metric(#"webchat_errors_total{type="redis_error"}"#) > 0)
                // At the end of the log, where no later message shows it.
                try redis.append([nil])
                for who in [ann, bob] { #expect(try await who.nextTold() == .reset([], seq: 16, missing: 16...16)) }
                try await ann.say("17")
                for who in [ann, bob] { #expect(try await who.nextTold() == .chat("17", seq: 17)) }
            }
        }

        @Test func anUnannouncedMessageIsReadFromTheLog() async throws {
            try await Self.withTenMessages { redis, _, ann, _ in
                try redis.append(["unheard"])
                #expect(try await ann.nextTold() == .chat("unheard", seq: 11))
            }
        }

        @Test(arguments: [RedisServer.log(), RedisServer.head()])
        func aKeyOfTheWrongTypeStopsOnlyItsRoomUntilItIsGone(key: String) async throws {
            try await Self.withTenMessages { redis, nodes, ann, position in
                _ = try await ann.join("attic")
                try redis.cli("SET", key, "something")
                let error = try await ann.sayInVain("11", key: "k")
                #expect(error.code == .unavailable && error.message.contains(key))
                try await ann.say("elsewhere", in: "attic")
                #expect(try await ann.history(through: "elsewhere") == [.chat("elsewhere", seq: 1)])
                #expect(try redis.cli("GET", key) == "something", "it is not ours to delete")

                try redis.cli("DEL", key)
                try await ann.say("new", key: "k")
                let told = try await ann.history(through: "new")
                #expect(told.last == .reset(["new"], seq: 1), "\(told)")
                let joined = try await Member.open(nodes[1]).join("lobby", since: position)
                #expect(!joined.recovered && joined.messages.map(\.text) == ["new"])
            }
        }
    }
}
