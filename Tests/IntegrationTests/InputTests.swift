import ChatModel
import ChatProtocol
import TestSupport
import Testing

extension Integration {
    /// What users may write, and what they are told when they may not.
    struct InputTests {
        @Test func badFramesAreAnsweredAndTheSocketStaysOpen() async throws {
            let deep = String(repeating: "[", count: 17) + String(repeating: "]", count: 17)
            let rows: [(json: String, code: ErrorCode)] = [
                ("nonsense", .badJSON),
                (#"{"type":"ping"} {}"#, .badJSON),
                (#"{"type":"ping","x":\#(deep)}"#, .badJSON),
                (#"{"type":"ping","type":"ping"}"#, .badJSON),
                (#"{"type":"chat","room":"lobby","key":"k","text":"\ud800"}"#, .badJSON),
                (#"{"type":"dance"}"#, .unknownType),
                ("{}", .badRequest),
                (#"{"type":"chat","room":"lobby","text":7,"key":"k"}"#, .badRequest),
                (#"{"type":"history","room":"lobby","limit":1e99999}"#, .badRequest),
                (#"{"type":"history","room":"lobby","limit":99999999999999999999999999}"#, .badRequest),
                (#"{"type":"chat","room":"lobby","text":"x","key":""}"#, .badRequest),
                (#"{"type":"chat","room":"elsewhere","text":"x","key":"k"}"#, .notJoined),
                (#"{"type":"rename","name":"a\u001b[31m\r\nb"}"#, .badName),
                (#"{"type":"rename","name":"a\u202eb"}"#, .badName),
                (#"{"type":"rename","name":"\#(String(repeating: "n", count: 33))"}"#, .badName),
            ]
            try await withNodes(1) { nodes in
                let ann = try await Conversation.inLobby(nodes[0])
                for row in rows {
                    try await ann.say(row.json)
                    #expect(try await ann.error().code == row.code, "\(row.json.prefix(100))")
                    try await ann.expectOpen()
                }
            }
        }

        @Test func textsAreBoundedAndControlCharactersRemoved() async throws {
            try await withNodes(1) { nodes in
                let ann = try await Conversation.inLobby(nodes[0])
                let longest = String(repeating: "é", count: 4_000)
                try await ann.say(#"{"type":"chat","room":"lobby","key":"long","text":"\#(longest)"}"#)
                #expect(try await ann.chat().text == longest)
                try await ann.say(#"{"type":"chat","room":"lobby","key":"longer","text":"\#(longest)x"}"#)
                let error = try await ann.error()
                #expect(error.code == .tooLong && error.key == "longer" && error.room == "lobby")

                try await ann.say(
                    #"{"type":"chat","room":"lobby","key":"c","text":"a\u0000b\u0007c\u202ed\u2066e\nf\tg"}"#)
                #expect(try await ann.chat().text == "abcde\nf\tg")
                try await ann.say(#"{"type":"chat","room":"lobby","key":"m","text":"<script>alert(1)</script>"}"#)
                #expect(try await ann.chat().text == "<script>alert(1)</script>")
            }
        }

        @Test func badRoomNamesAreRejectedAndLeaveNoKeyInRedis() async throws {
            try await withCluster(1) { redis, nodes in
                let ann = try await Conversation.open(nodes[0])
                let names = [
                    "", "_canary", "-a", "A", "a b", "é", "a:b", "{a}", "a*", #"a\nb"#,
                    String(repeating: "a", count: 65),
                ]
                for name in names {
                    try await ann.say(#"{"type":"join","room":"\#(name)"}"#)
                    #expect(try await ann.error().code == .badRoom, "\(name)")
                    try await ann.say(#"{"type":"chat","room":"\#(name)","text":"x","key":"k"}"#)
                    #expect(try await ann.error().code == .badRoom, "\(name)")
                }
                let keys = try redis.cli("KEYS", "*").split(separator: "\n")
                #expect(keys.allSatisfy { !$0.contains("{") || $0.contains("{_canary}") }, "\(keys)")
            }
        }

        @Test func theTokenNamesTheSenderAndAForeignPositionIsNotRecovered() async throws {
            try await withNodes(1) { nodes in
                let ann = try await Conversation.open(nodes[0])
                let first = try await ann.join("lobby")
                try await ann.say(
                    #"{"type":"chat","room":"lobby","key":"k","text":"x","from":{"id":"root","name":"root"},"id":"9-9"}"#
                )
                let message = try await ann.chat()
                #expect(message.user == ann.user.id && message.name == "ann" && message.id.seq == 1)

                let positions = [
                    #""since":"99999999999999-99999","epoch":"\#(first.position.epoch)""#,
                    #""since":"\#(message.id)","epoch":"00000000000000ff.00000000""#,
                    #""since":"nonsense","epoch":"nonsense""#,
                    #""since":"18446744073709551615-18446744073709551615","epoch":"\#(first.position.epoch)""#,
                ]
                for position in positions {
                    let other = try await Conversation.open(nodes[0])
                    try await other.say(#"{"type":"join","room":"lobby",\#(position)}"#)
                    let joined = try await other.first { if case .joined(let joined) = $0 { joined } else { nil } }
                    #expect(!joined.recovered, "\(position)")
                    #expect(joined.messages.map(\.id) == [message.id])
                }
            }
        }

        @Test func aKeyIsOneMessageHoweverOftenItIsSent() async throws {
            try await withNodes(1) { nodes in
                let ann = try await Conversation.inLobby(nodes[0])
                try await ann.say(#"{"type":"chat","room":"lobby","key":"same","text":"once"}"#)
                let first = try await ann.ack()
                let tab = try await Conversation.open(nodes[0], token: ann.token)
                #expect(try await tab.join("lobby").messages.count == 1)
                try await tab.say(#"{"type":"chat","room":"lobby","key":"same","text":"once"}"#)
                #expect(try await tab.ack() == first)
                try await tab.say(#"{"type":"chat","room":"lobby","key":"other","text":"twice"}"#)
                #expect(try await tab.chat().text == "twice")
            }
        }

        @Test func aClientThatSendsTooFastLearnsWhenToContinue() async throws {
            try await withNodes(1, environment: ["MESSAGE_RATE": "5", "MESSAGE_BURST": "20"]) { nodes in
                let ann = try await Conversation.inLobby(nodes[0])
                for number in 0..<30 {
                    try await ann.say(#"{"type":"chat","room":"lobby","key":"k\#(number)","text":"x"}"#)
                }
                let error = try await ann.error()
                #expect(error.code == .rateLimited && error.room == "lobby" && error.key != nil)
                #expect((1...10_000).contains(error.retryAfterMs ?? 0))
                // The limit is the user's, not the socket's.
                let tab = try await Conversation.open(nodes[0], token: ann.token)
                for number in 0..<10 { try await tab.say(#"{"type":"join","room":"room-\#(number)"}"#) }
                #expect(try await tab.error().code == .rateLimited)
            }
        }

        @Test func aNameCannotForgeALogLine() async throws {
            try await withNodes(1, environment: ["LOG_LEVEL": "trace"]) { nodes in
                let ann = try await Conversation.inLobby(nodes[0], name: "ann forged=1")
                try await ann.say(#"{"type":"rename","name":"x\u001b[2J\r\nERROR forged"}"#)
                #expect(try await ann.error().code == .badName)
                let response = try await nodes[0].get("/no/such/page%0d%0aERROR%20forged%1b")
                #expect(response.status == 404)
                let log = nodes[0].log
                #expect(!log.contains("\u{1B}") && !log.contains("\nERROR forged"))
            }
        }
    }
}
