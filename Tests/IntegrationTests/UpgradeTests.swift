import Foundation
import TestSupport
import Testing

extension Integration {
    /// Who gets a WebSocket, and what the others are told.
    struct UpgradeTests {
        @Test func requestsThatCannotBeUpgradedGetTheReason() async throws {
            try await withNodes(1) { nodes in
                let port = nodes[0].port
                let rows: [(what: String, method: String, headers: [String: String?], status: Int)] = [
                    ("as it should be", "GET", [:], 101),
                    ("another method", "POST", ["Content-Length": "0"], 405),
                    ("no key", "GET", ["Sec-WebSocket-Key": nil], 400),
                    ("a short key", "GET", ["Sec-WebSocket-Key": "c2hvcnQ="], 400),
                    ("another version", "GET", ["Sec-WebSocket-Version": "8"], 426),
                    ("a foreign origin", "GET", ["Origin": "https://evil.example"], 403),
                    ("the null origin", "GET", ["Origin": "null"], 403),
                    ("the own origin", "GET", ["Host": "chat.example:81", "Origin": "http://chat.example:81"], 101),
                ]
                for row in rows {
                    let response = try await RawSocket(port: port).upgrade(method: row.method, headers: row.headers)
                    #expect(response.status == row.status, "\(row.what): \(response)")
                    if row.status == 426 { #expect(response.headers["sec-websocket-version"] == "13") }
                    if row.status == 101 { #expect(response.headers["sec-websocket-protocol"] == "webchat.v1") }
                }
            }
        }

        @Test func aHeadThatIsTooLongTooSlowOrAmbiguousEndsTheConnection() async throws {
            try await withNodes(1) { nodes in
                let slow = try RawSocket(port: nodes[0].port)
                try await slow.send("GET /ws HTTP/1.1\r\nHost: localhost\r\nX: ")
                let began = ContinuousClock.now

                let long = try await RawSocket(port: nodes[0].port)
                    .upgrade(headers: ["X": String(repeating: "x", count: 17_000)])
                #expect(long.status == 431)
                let twoFaced = try RawSocket(port: nodes[0].port)
                try await twoFaced.send(
                    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
                #expect(try await twoFaced.response().status == 400)
                try await twoFaced.waitForEnd()

                // Byte by byte it would take for ever.
                while ContinuousClock.now < began + .seconds(4) {
                    try await slow.send("x")
                    try await Task.sleep(for: .milliseconds(500))
                }
                #expect(try await slow.response().status == 408)
                try await slow.waitForEnd()
                #expect((.milliseconds(4_900) ..< .seconds(20)).contains(ContinuousClock.now - began))
            }
        }

        @Test func aFullNodeSaysWhenToRetryAndKeepsItsSockets() async throws {
            try await withNodes(1, environment: ["MAX_CONNECTIONS": "2"]) { nodes in
                let first = try await Conversation.open(nodes[0])
                let second = try await Conversation.open(nodes[0])
                let refused = try await RawSocket(port: nodes[0].port).upgrade()
                #expect(refused.status == 503)
                #expect(refused.headers["retry-after"].flatMap { Int($0) } != nil)
                try await first.expectOpen()
                try await second.expectOpen()
            }
        }

        @Test func aNodeWithoutMemoryRejectsNewSocketsAndKeepsItsOwn() async throws {
            let start = try await withNodes(1) { nodes in nodes[0].residentKilobytes / 1_024 }
            try await withNodes(1, environment: ["MAX_MEMORY_MB": "\(start + 12)", "HISTORY_MB": "64"]) { nodes in
                let ann = try await Conversation.inLobby(nodes[0])
                try await Self.fill(nodes[0], from: ann, until: 503)

                let refused = try await RawSocket(port: nodes[0].port).upgrade()
                #expect(refused.status == 503)
                #expect(refused.headers["retry-after"].flatMap { Int($0) } != nil)
                #expect(try await nodes[0].get("/readyz").body.contains("MAX_MEMORY_MB"))
                #expect(try await nodes[0].metric("webchat_memory_limited") == 1)
                try await ann.expectOpen()
            }
        }

        /// Writes into the room's history, which this node keeps in memory, until `/readyz` has that status.
        private static func fill(_ node: NodeProcess, from sender: Conversation, until status: Int) async throws {
            let text = String(repeating: "€", count: 4_000)
            for number in 0..<10_000 {
                try await sender.say(#"{"type":"chat","room":"lobby","key":"k\#(number)","text":"\#(text)"}"#)
                _ = try await sender.ack()
                if number % 100 == 0, try await node.get("/readyz").status == status { return }
            }
        }

        @Test func aDrainingEchoNodeSaysGoodbye() async throws {
            try await withNodes(1, environment: ["WEBCHAT_DEV": "1"]) { nodes in
                let socket = try RawSocket(port: nodes[0].port)
                #expect(try await socket.upgrade("/echo", version1: false).status == 101)
                nodes[0].signal(SIGTERM)
                #expect(try await socket.closeCode() == 1012)
                #expect(try await nodes[0].waitForExit() == 0)
            }
        }

        @Test func onlyADevelopmentNodeEchoes() async throws {
            try await withNodes(1) { nodes in
                let answer = try await RawSocket(port: nodes[0].port).upgrade("/echo", version1: false)
                #expect(answer.status == 404)
            }
            try await withNodes(1, environment: ["WEBCHAT_DEV": "1", "CONNECTIONS_PER_ADDRESS": "2"]) { nodes in
                // They do not count.
                let sockets = try await nodes[0].sockets(4, at: "/echo", version1: false)
                let socket = sockets[0]
                for number in 0..<100 {
                    try await socket.send(RawSocket.Opcode.ping, [])
                    try await socket.sendText("text \(number)")
                }
                for number in 0..<100 {
                    #expect(try await socket.frame().opcode == RawSocket.Opcode.pong)
                    #expect(try await socket.text() == "text \(number)")
                }
                let large = [UInt8](repeating: 7, count: 1 << 20)
                try await socket.send(RawSocket.Opcode.binary, large)
                let back = try await socket.frame()
                #expect(back.opcode == RawSocket.Opcode.binary && back.payload == large)
                try await socket.send(RawSocket.Opcode.binary, [], declaredLength: 16 * 1024 * 1024 + 1)
                #expect(try await socket.closeCode() == 1009)
            }
        }

        @Test func anAddressHasALimitedNumberOfSockets() async throws {
            try await withNodes(1, environment: ["CONNECTIONS_PER_ADDRESS": "3"]) { nodes in
                var sockets = try await nodes[0].sockets(3)
                #expect(try await RawSocket(port: nodes[0].port).upgrade().status == 429)
                // One that ends makes room.
                sockets.removeLast()
                try await eventually("a socket is free again") {
                    try await RawSocket(port: nodes[0].port).upgrade().status == 101
                }
                withExtendedLifetime(sockets) {}
            }
        }
    }
}
