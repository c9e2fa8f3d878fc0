import ChatModel
import ChatProtocol
import TestSupport
import Testing

extension Integration {
    /// Frames that break RFC 6455 or a limit: each ends its socket with the right code, and only its own.
    struct FramingTests {
        private typealias Opcode = RawSocket.Opcode
        private typealias Row = (what: String, code: UInt16, send: (RawSocket) async throws -> Void)

        @Test func badFramesCloseTheSocketWithTheRightCode() async throws {
            let euro = Array("€".utf8)
            let rows: [Row] = [
                ("not masked", 1002, { try await $0.send(Opcode.text, Array("{}".utf8), masked: false) }),
                ("a reserved bit", 1002, { try await $0.send(Opcode.text, Array("{}".utf8), reserved: 4) }),
                ("an unknown opcode", 1002, { try await $0.send(3, []) }),
                ("an unknown control opcode", 1002, { try await $0.send(11, []) }),
                ("a fragmented ping", 1002, { try await $0.send(Opcode.ping, [], fin: false) }),
                ("a long ping", 1002, { try await $0.send(Opcode.ping, .init(repeating: 1, count: 126)) }),
                ("a stray continuation", 1002, { try await $0.send(Opcode.continuation, Array("x".utf8)) }),
                (
                    "a message inside of another", 1002,
                    {
                        try await $0.send(Opcode.text, Array("{".utf8), fin: false)
                        try await $0.send(Opcode.text, Array("{}".utf8))
                    }
                ),
                ("over 64 KiB", 1009, { try await $0.send(Opcode.text, [], declaredLength: 64 * 1024 + 1) }),
                ("2⁶³ bytes", 1009, { try await $0.send(Opcode.text, [], declaredLength: 1 << 63) }),
                ("2⁶⁴ − 1 bytes", 1009, { try await $0.send(Opcode.text, [], declaredLength: .max) }),
                (
                    "a chat frame over 64 KiB, all of it sent", 1009,
                    { try await $0.send(Opcode.text, .init(repeating: 0x20, count: 64 * 1024 + 1)) }
                ),
                (
                    "fragments over 64 KiB together", 1009,
                    {
                        try await $0.send(Opcode.text, .init(repeating: 0x20, count: 65_000), fin: false)
                        try await $0.send(Opcode.continuation, .init(repeating: 0x20, count: 1_000), fin: false)
                    }
                ),
                (
                    "more than 1,024 fragments", 1009,
                    {
                        try await $0.send(Opcode.text, [0x20], fin: false)
                        for _ in 0..<1_024 { try await $0.send(Opcode.continuation, [], fin: false) }
                    }
                ),
                ("a flood of pings", 1008, { for _ in 0..<30 { try await $0.send(Opcode.ping, []) } }),
                ("broken UTF-8", 1007, { try await $0.send(Opcode.text, [0xC3, 0x28]) }),
                ("a surrogate in UTF-8", 1007, { try await $0.send(Opcode.text, [0xED, 0xA0, 0x80]) }),
                (
                    "UTF-8 that ends too early", 1007,
                    {
                        try await $0.send(Opcode.text, [0x22] + euro.prefix(2), fin: false)
                        try await $0.send(Opcode.continuation, [0x22])
                    }
                ),
                ("a binary frame", 1003, { try await $0.send(Opcode.binary, [1, 2, 3]) }),
                ("a close with a reserved code", 1002, { try await $0.send(Opcode.close, [0x03, 0xED]) }),
                ("a close with an unknown code", 1002, { try await $0.send(Opcode.close, [0x00, 0x01]) }),
                ("a close with one byte", 1002, { try await $0.send(Opcode.close, [0x03]) }),
                ("a close with a broken reason", 1007, { try await $0.send(Opcode.close, [0x03, 0xE8, 0xC3, 0x28]) }),
                ("a good close", 1000, { try await $0.send(Opcode.close, [0x03, 0xE8]) }),
                (
                    "a good close inside of a fragmented message", 1000,
                    {
                        try await $0.send(Opcode.text, Array("{".utf8), fin: false)
                        try await $0.send(Opcode.close, [0x03, 0xE8])
                    }
                ),
            ]
            try await withNodes(1) { nodes in
                let bystander = try await Conversation.open(nodes[0])
                for row in rows {
                    let conversation = try await Conversation.open(nodes[0])
                    try await row.send(conversation.raw)
                    let code = try? await conversation.raw.closeCode()
                    #expect(code == row.code, "\(row.what): \(code.map { "\($0)" } ?? "no close")")
                    try await conversation.raw.waitForEnd()
                }
                try await bystander.expectOpen()
            }
        }

        @Test func anEndlessMessageTimesOut() async throws {
            try await withNodes(1) { nodes in
                let ann = try await Conversation.open(nodes[0])
                try await ann.raw.send(Opcode.text, Array("{".utf8), fin: false)
                let began = ContinuousClock.now
                // Neither more of it nor a sign of life wins time.
                while ContinuousClock.now < began + .seconds(9) {
                    try await ann.raw.send(Opcode.continuation, [0x20], fin: false)
                    try await ann.raw.send(Opcode.pong, [])
                    try await Task.sleep(for: .milliseconds(500))
                }
                #expect(try await ann.raw.closeCode(within: .seconds(10)) == 1008)
                #expect(ContinuousClock.now > began + .milliseconds(9_900))
            }
        }

        @Test func aThousandFragmentsAreOneMessageAndTenPingsASecondAreNotAFlood() async throws {
            try await withNodes(1) { nodes in
                let ann = try await Conversation.open(nodes[0])
                try await ann.raw.send(Opcode.text, Array(#"{"type":"ping""#.utf8), fin: false)
                for _ in 0..<1_022 { try await ann.raw.send(Opcode.continuation, [0x20], fin: false) }
                try await ann.raw.send(Opcode.continuation, Array("}".utf8))
                #expect(try await ann.next() == .pong(at: nil))
                for _ in 0..<20 { try await ann.raw.send(Opcode.ping, Array("are you there".utf8)) }
                for _ in 0..<20 {
                    let frame = try await ann.raw.frame()
                    #expect(frame.opcode == Opcode.pong && frame.text == "are you there")
                }
                try await ann.expectOpen()
            }
        }

        @Test func validFragmentsAreOneMessage() async throws {
            try await withNodes(1) { nodes in
                let ann = try await Conversation.inLobby(nodes[0])
                let bytes = Array(#"{"type":"chat","room":"lobby","key":"k","text":"€uro"}"#.utf8)
                // Byte by byte: every boundary lies somewhere inside of a character or a token; a ping comes between.
                for (index, byte) in bytes.enumerated() {
                    let opcode = index == 0 ? Opcode.text : Opcode.continuation
                    try await ann.raw.send(opcode, [byte], fin: index == bytes.count - 1)
                }
                #expect(try await ann.chat().text == "€uro")
            }
        }

        @Test func aSilentClientMayRetryItsTokenAndABadTokenIsUnauthorized() async throws {
            try await withNodes(1) { nodes in
                let silent = try RawSocket(port: nodes[0].port)
                _ = try await silent.upgrade()
                let hasty = try RawSocket(port: nodes[0].port)
                _ = try await hasty.upgrade()
                try await hasty.sendText(#"{"type":"join","room":"lobby"}"#)
                #expect(try await hasty.closeCode() == 4408)

                let token = try await Conversation.open(nodes[0]).token
                let forged = (token.first == "A" ? "B" : "A") + token.dropFirst()
                for bad in [forged, "", "x", String(token.dropLast()), String(repeating: "A", count: 5_000)] {
                    let socket = try RawSocket(port: nodes[0].port)
                    _ = try await socket.upgrade()
                    try await socket.sendText(#"{"type":"hello","token":"\#(bad)"}"#)
                    #expect(try await socket.closeCode() == 4401, "token \(bad.prefix(80))")
                }
                let known = try await Conversation.open(nodes[0], token: token)
                #expect(known.token != "")
                #expect(try await silent.closeCode() == 4408)
            }
        }
    }
}
