import Actors
import ChatModel
import ChatProtocol
import NIOCore
import TestSupport
import Testing
import WebEdge

/// What a socket does of itself: the rules of RFC 6455, heartbeat, slow readers, closing.
@Suite struct SocketHandlerTests {
    struct BadInput: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        let code: UInt16

        init(_ description: String, _ code: UInt16, _ bytes: [UInt8]) {
            self.testDescription = description
            self.code = code
            self.bytes = bytes
        }
    }

    @Test(arguments: [
        BadInput("unmasked", 1002, [0x81, 2, 0x7B, 0x7D]),
        BadInput("reserved bit", 1002, SocketClient.frame(0xC1, [])),
        BadInput("unknown opcode", 1002, SocketClient.frame(0x83, [])),
        BadInput("unknown control opcode", 1002, SocketClient.frame(0x8B, [])),
        BadInput("fragmented ping", 1002, SocketClient.frame(0x09, [])),
        BadInput("long ping", 1002, SocketClient.frame(0x89, [UInt8](repeating: 0x61, count: 126))),
        BadInput("stray continuation", 1002, SocketClient.frame(0x80, [])),
        BadInput("message within a message", 1002, SocketClient.frame(0x01, []) + SocketClient.frame(0x81, [])),
        BadInput("length of 2⁶³", 1009, [0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        BadInput("length over the framing limit", 1009, [0x81, 0xFF, 0, 0, 0, 0, 0, 2, 0, 0]),
        BadInput("message over the chat limit", 1009, SocketClient.frame(0x81, .init(repeating: 0x20, count: 65_537))),
        BadInput("binary", 1003, SocketClient.frame(0x82, [])),
        BadInput("bad UTF-8", 1007, SocketClient.frame(0x81, [0x22, 0xFF, 0x22])),
        BadInput(
            "UTF-8 broken by a fragment", 1007,
            SocketClient.frame(0x01, [0x22, 0xE2, 0x82]) + SocketClient.frame(0x80, [0x22])),
        BadInput("close with a bad code", 1002, SocketClient.frame(0x88, [0x03, 0xED])),
        BadInput("close with half a code", 1002, SocketClient.frame(0x88, [0x03])),
        BadInput("close with a bad reason", 1007, SocketClient.frame(0x88, [0x03, 0xE8, 0xFF])),
        BadInput("close", 1000, SocketClient.frame(0x88, [0x03, 0xE8])),
        BadInput("close without a code", 1000, SocketClient.frame(0x88, [])),
        BadInput("close of its own", 4000, SocketClient.frame(0x88, [0x0F, 0xA0])),
        BadInput(
            "close inside a message", 1000, SocketClient.frame(0x01, []) + SocketClient.frame(0x88, [0x03, 0xE8])),
    ])
    func eachRFC6455ViolationHasItsCloseCode(_ input: BadInput) async throws {
        try await SocketServer.run { server in
            let client = try await server.guest()
            try await client.send(bytes: input.bytes)
            #expect(try await client.closeCode() == input.code)
            // Who has closed itself is cut off already.
            try? await client.send(bytes: SocketClient.frame(0x88, [0x03, 0xE8]))
            #expect(try await client.next() == .end)
            let label = input.code == 1000 || input.code == 4000 ? "normal" : "protocol"
            try await eventually("one \(label) ending, and nobody connected") {
                server.metric("webchat_disconnections_total").filter { !$0.hasSuffix(" 0") }
                    == ["webchat_disconnections_total{reason=\"\(label)\"} 1"]
                    && server.metric("webchat_connected_users") == ["webchat_connected_users 0"]
            }
        }
    }

    /// More members than are written to in one turn of an event loop.
    @Test func everyMemberOfALargeRoomGetsAllMessagesInOrder() async throws {
        try await SocketServer.run(.plain, configure: { $0.messageRate = 0 }) { server in
            var members: [SocketClient] = []
            for _ in 0..<400 { members.append(try await server.connect()) }
            try await eventually("all are in the room") {
                server.metric("webchat_actors{kind=\"connection\"}") == ["webchat_actors{kind=\"connection\"} 400"]
            }
            let texts = (0..<30).map { "number \($0)" }
            for text in texts { try await members[0].send(text: #"{"type":"chat","text":"\#(text)","ts":1}"#) }
            for member in members {
                for text in texts {
                    guard case .text(let frame) = try await member.next() else {
                        Issue.record("no frame")
                        return
                    }
                    #expect(frame.contains("\"\(text)\""))
                }
            }
        }
    }

    @Test func aFragmentedMessageIsOneMessageAndMayBeInterrupted() async throws {
        try await SocketServer.run { server in
            let client = try await server.connect()
            try await client.send(bytes: SocketClient.frame(0x01, Array(#"{"type":"#.utf8)))
            try await client.send(bytes: SocketClient.frame(0x89, Array("hi".utf8)))
            #expect(try await client.next() == .pong("hi"))
            try await client.send(bytes: SocketClient.frame(0x80, Array(#""hello"}"#.utf8)))
            _ = try await client.next("welcome") { if case .welcome(let welcome) = $0 { welcome } else { nil } }
        }
    }

    @Test func anUnfinishedMessageTimesOut() async throws {
        try await SocketServer.run(configure: { $0.fragmentTimeout = .milliseconds(50) }) { server in
            let client = try await server.guest()
            try await client.send(bytes: SocketClient.frame(0x01, []))
            #expect(try await client.closeCode() == 1008)
        }
    }

    @Test func aFloodOfPingsIsClosed() async throws {
        try await SocketServer.run { server in
            let client = try await server.guest()
            try await client.send(bytes: Array((0..<60).map { _ in SocketClient.frame(0x89, []) }.joined()))
            #expect(try await client.closeCode() == 1008)
        }
    }

    @Test func silenceIsPingedAndThenClosed() async throws {
        try await SocketServer.run(configure: {
            $0.heartbeatInterval = .milliseconds(50)
            $0.heartbeatPatience = .seconds(2)
        }) { server in
            let client = try await server.guest()
            for _ in 0..<3 {
                #expect(try await client.next() == .ping)
                try await client.send(bytes: SocketClient.frame(0x8A, []))
            }
            #expect(try await client.next() == .ping)
            #expect(try await client.next() == .close(1001))
        }
    }

    @Test func anUnansweredCloseIsCutOff() async throws {
        try await SocketServer.run(configure: { $0.closeTimeout = .milliseconds(50) }) { server in
            let client = try await server.connect()
            try await client.send(bytes: SocketClient.frame(0x82, []))
            #expect(try await client.next() == .close(1003))
            #expect(try await client.next() == .end)
        }
    }

    @Test func aLostConnectionIsCountedAndForgotten() async throws {
        try await SocketServer.run { server in
            let client = try await server.guest()
            _ = try await client.join(.lobby)
            try await client.drop()
            try await eventually("nobody is connected") {
                server.metric("webchat_connected_users") == ["webchat_connected_users 0"]
            }
            #expect(server.metric("webchat_disconnections_total{reason=\"error\"}").first?.hasSuffix(" 1") == true)
        }
    }

    @Test func drainingSaysWhenToReconnect() async throws {
        try await SocketServer.run { server in
            let clients = [try await server.connect(), try await server.connect()]
            for client in clients { _ = try await client.hello() }
            #expect(await server.registry.drain(atMost: 1, patience: .seconds(9)) == 1)
            #expect(await server.registry.drain(atMost: 5, patience: .seconds(9)) == 1, "the other one")
            #expect(await server.registry.drain(atMost: 5, patience: .seconds(9)) == 0)
            for client in clients {
                let milliseconds = try await client.next("goodbye") {
                    if case .goodbye(_, let milliseconds) = $0 { milliseconds } else { nil }
                }
                #expect((0...3_000).contains(milliseconds))
                #expect(try await client.next() == .close(1012))
            }
        }
    }

    @Test func anUnansweredCloseIsCutOffWhenTheDrainTimeIsOver() async throws {
        try await SocketServer.run(configure: { $0.closeTimeout = .seconds(60) }) { server in
            let told = try await server.connect()
            let closing = try await server.connect()
            try await closing.send(bytes: SocketClient.frame(0x82, []))
            #expect(try await closing.next() == .close(1003))
            _ = try await told.hello()
            #expect(await server.registry.drain(atMost: 2, patience: .milliseconds(50)) == 1, "the other is closing")
            _ = try await told.next("goodbye") { if case .goodbye = $0 { true } else { nil } }
            #expect(try await told.next() == .close(1012))
            #expect(try await told.next() == .end)
            #expect(try await closing.next() == .end)
        }
    }

    @Test func onlySlowReadersAreClosed() async throws {
        try await SocketServer.run(configure: {
            $0.messageRate = 0
            $0.outboundBytes = 256 * 1024
            $0.closeTimeout = .seconds(60)
        }) { server in
            let (slow, talker) = try await pairInLobby(of: server)
            try await slow.setReading(false)
            let text = String(repeating: "x", count: 4_000)
            var said = 0
            while server.metric("webchat_slow_consumers_total{peer=\"client\"}").first?.hasSuffix(" 0") == true {
                said += 1
                try #require(said < 5_000, "the server queues without end")
                try await talker.send(.chat(room: .lobby, text: text, key: "k\(said)"))
                _ = try await talker.next("ack") { if case .ack(_, _, let id) = $0 { id } else { nil } }
            }
            #expect(said * text.utf8.count > 256 * 1024)
            try await slow.setReading(true)
            #expect(try await slow.closeCode() == 1013)
            try await talker.send(.ping(at: "1"))
            #expect(try await talker.next("pong") { if case .pong(let at) = $0 { at } else { nil } } == "1")
        }
    }

    @Test func aClientThatReadsNothingIsClosedHoweverLittleIsQueued() async throws {
        try await SocketServer.run(configure: {
            $0.messageRate = 0
            $0.outboundBytes = .max
            $0.stallTimeout = .seconds(1)
            $0.closeTimeout = .seconds(60)
        }) { server in
            let (slow, talker) = try await pairInLobby(of: server)
            try await slow.setReading(false)
            let text = String(repeating: "x", count: 4_000)
            // Fills the kernel's buffers, and then some; from then on nothing moves, and nothing is said.
            for number in 0..<300 {
                try await talker.send(.chat(room: .lobby, text: text, key: "k\(number)"))
                _ = try await talker.next("ack") { if case .ack(_, _, let id) = $0 { id } else { nil } }
            }
            try await eventually("the slow reader is closed", within: .seconds(30)) {
                server.metric("webchat_slow_consumers_total{peer=\"client\"}").first?.hasSuffix(" 1") == true
            }
            try await slow.setReading(true)
            #expect(try await slow.closeCode() == 1013)
            try await talker.send(.ping(at: "1"))
            #expect(try await talker.next("pong") { if case .pong(let at) = $0 { at } else { nil } } == "1")
        }
    }

    private func pairInLobby(of server: SocketServer) async throws -> (SocketClient, SocketClient) {
        let pair = (try await server.guest(), try await server.guest())
        for client in [pair.0, pair.1] { _ = try await client.join(.lobby) }
        return pair
    }
}
