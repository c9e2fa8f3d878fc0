import Actors
import ChatModel
import Foundation
import NIOCore
import TestSupport
import Testing

@testable import WebEdge

@Suite struct UpgradeTests {
    @Test func aHandshakeIsAnsweredWith101AndLeavesOnlyTheSocketsHandlers() async throws {
        try await EdgeFixture.run { edge in
            let client = try await edge.connect(sending: EdgeFixture.handshake("/ws?room=den"))
            let answer = try HTTPAnswer(await client.until("\r\n\r\n"))
            #expect(answer.status == 101)
            #expect(answer["Upgrade"] == "websocket")
            // The example of RFC 6455, section 1.3.
            #expect(answer["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            #expect(answer["Sec-WebSocket-Protocol"] == nil)
            client.send("", frame: "hello")
            _ = try await client.until("\u{5}hello")

            let socket = try #require(edge.sockets.accepted.first)
            #expect(socket.mode == .plain)
            #expect(socket.room == RoomName("den"))
            #expect(socket.client.description == "127.0.0.1")
            let pipeline = socket.channel.pipeline.debugDescription
            let handlers = pipeline.split(separator: "\n").dropFirst(2)
            #expect(handlers.count == 2, "\(pipeline)")
            #expect(pipeline.contains("WebSocketFrameDecoder"))
            #expect(pipeline.contains("Echo"))
            await client.close()
        }
    }

    @Test func v1IsAgreedOnAndFramesBehindTheHandshakeAreKept() async throws {
        try await EdgeFixture.run { edge in
            let client = try await edge.connect(
                sending: EdgeFixture.handshake("/ws", "Sec-WebSocket-Protocol: webchat.v1", "Origin: http://localhost"),
                frame: "early", until: "\u{5}early")
            let answer = try HTTPAnswer(await client.until("\r\n\r\n"))
            #expect(answer["Sec-WebSocket-Protocol"] == "webchat.v1")
            #expect(edge.sockets.accepted.first?.mode == .v1)
            await client.close()
        }
    }

    @Test(arguments: [
        (EdgeFixture.handshake(method: "POST"), 405, "Allow", "GET"),
        (EdgeFixture.handshake(key: nil), 400, "Connection", "close"),
        (EdgeFixture.handshake(key: "c2hvcnQ="), 400, "Connection", "close"),
        (EdgeFixture.handshake(version: nil), 426, "Sec-WebSocket-Version", "13"),
        (EdgeFixture.handshake(version: "8"), 426, "Sec-WebSocket-Version", "13"),
        (EdgeFixture.handshake("/ws", "Origin: http://evil.example"), 403, "Connection", "close"),
        (EdgeFixture.handshake("/ws", "Origin: null"), 403, "Connection", "close"),
        (EdgeFixture.handshake("/ws?room=NO"), 400, "Connection", "close"),
        (EdgeFixture.handshake("/ws", "Sec-WebSocket-Protocol: soap"), 400, "Connection", "close"),
        ("GET /ws HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", 426, "Upgrade", "websocket"),
        ("POST /ws HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", 405, "Allow", "GET"),
        (EdgeFixture.handshake("/elsewhere"), 404, "Connection", "close"),
        ("nonsense\r\n\r\n", 400, "Connection", "close"),
    ])
    func invalidHandshakesGetAResponseThatSaysWhy(request: String, status: Int, header: String, value: String)
        async throws
    {
        try await EdgeFixture.run { edge in
            let answer = try await edge.exchange(request)
            #expect(answer.status == status)
            #expect(answer[header] == value)
            #expect(!answer.body.isEmpty)
            #expect(edge.sockets.accepted.isEmpty)
        }
    }

    @Test func socketsPerAddressAreLimited() async throws {
        try await EdgeFixture.run(configure: { $0.connectionsPerAddress = 1 }) { edge in
            let first = try await edge.connect(sending: EdgeFixture.handshake(), until: "101")
            try await #expect(edge.exchange(EdgeFixture.handshake()).status == 429)
            await first.close()
            try await eventually("a socket is let in again") {
                let next = try await edge.connect(sending: EdgeFixture.handshake())
                let answer = try await HTTPAnswer(next.until("\r\n\r\n"))
                await next.close()
                return answer.status == 101
            }
            let counted = String(buffer: edge.metrics.render())
            #expect(counted.contains(#"webchat_connections_total{status="success"} 2"#))
        }
    }

    @Test func behindATrustedProxyEachClientHasItsOwnLimit() async throws {
        try await EdgeFixture.run(configure: {
            $0.connectionsPerAddress = 1
            $0.trustedProxies = [AddressBlock("127.0.0.0/8")].compactMap(\.self)
        }) { edge in
            for address in ["9.9.9.1", "9.9.9.2"] {
                _ = try await edge.connect(
                    sending: EdgeFixture.handshake("/ws", "X-Forwarded-For: \(address)"), until: "101")
            }
            let again = EdgeFixture.handshake("/ws", "X-Forwarded-For: 9.9.9.1")
            try await #expect(edge.exchange(again).status == 429)
            #expect(edge.sockets.accepted.map(\.client.description).sorted() == ["9.9.9.1", "9.9.9.2"])
        }
    }

    @Test func aFullNodeSaysWhenToRetry() async throws {
        try await EdgeFixture.run(configure: { $0.maximumConnections = 0 }) { edge in
            let answer = try await edge.exchange(EdgeFixture.handshake())
            #expect(answer.status == 503)
            #expect(answer["Retry-After"] != nil)
        }
    }

    @Test func aKeptAliveConnectionCanUpgrade() async throws {
        try await EdgeFixture.run { edge in
            for requests in 1...3 {
                let client = try await edge.connect()
                for number in 1...requests {
                    client.send("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
                    try await eventually("answer \(number)") { client.text.count(of: "HTTP/1.1 200") == number }
                }
                client.send(
                    EdgeFixture.handshake("/ws", "Sec-WebSocket-Protocol: webchat.v1", "Origin: http://localhost"),
                    frame: "early")
                let text = try await client.until("\u{5}early")
                let answer = try HTTPAnswer(String(text[try #require(text.range(of: "HTTP/1.1 101")).lowerBound...]))
                #expect(answer["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
                #expect(answer["Sec-WebSocket-Protocol"] == "webchat.v1")
                for number in 0..<50 {
                    client.send("", frame: "frame \(number)")
                    _ = try await client.until("frame \(number)")
                }
                let pipeline = try #require(edge.sockets.accepted.last).channel.pipeline.debugDescription
                for gone in [
                    "Codec", "HTTPConnectionState", "Deadline", "Gate", "HTTPRequestDecoder", "HTTPResponseEncoder",
                ] {
                    #expect(!pipeline.contains(gone), "\(pipeline)")
                }
                await client.close()
            }
            #expect(edge.sockets.accepted.map(\.mode) == [.v1, .v1, .v1])
        }
    }

    @Test(arguments: 1...12)
    func aPipelinedHandshakeWaitsForEarlierResponses(requests: Int) async throws {
        try await EdgeFixture.run { edge in
            let before = String(repeating: "GET /static/js/main.js HTTP/1.1\r\nHost: h\r\n\r\n", count: requests)
            let client = try await edge.connect(sending: before + EdgeFixture.handshake(), frame: "early")
            let text = try await client.until("\u{5}early")
            #expect(text.count(of: "HTTP/1.1 200") == requests)
            let lastAnswer = try #require(text.range(of: "HTTP/1.1 200", options: .backwards))
            #expect(try #require(text.range(of: "HTTP/1.1 101")).lowerBound > lastAnswer.lowerBound)
            client.send("", frame: "later")
            _ = try await client.until("\u{5}later")
            await edge.shutDown()
            _ = try await client.untilClosed()
        }
    }

    @Test func aRejectedPipelinedHandshakeSaysWhyAndClosesTheConnection() async throws {
        try await EdgeFixture.run(configure: { $0.connectionsPerAddress = 2 }) { edge in
            var sockets: [RawClient] = []
            for _ in 0..<2 { sockets.append(try await edge.connect(sending: EdgeFixture.handshake(), until: "101")) }
            for (request, status) in [
                (EdgeFixture.handshake(), 429), (EdgeFixture.handshake(version: "8"), 426),
                (EdgeFixture.handshake("/ws", "Origin: http://evil.example"), 403),
            ] {
                for pipelined in [false, true] {
                    let before = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"
                    let client = try await edge.connect(
                        sending: pipelined ? before + request : before, until: pipelined ? nil : "HTTP/1.1 200")
                    if !pipelined { client.send(request) }
                    let both = try await client.untilClosed()
                    let second = try #require(both.range(of: "HTTP/1.1 \(status)"))
                    #expect(try HTTPAnswer(String(both[second.lowerBound...]))["Connection"] == "close")
                }
            }
            for socket in sockets { await socket.close() }
            try await eventually("the places of the sockets are free, and no other was taken") {
                let client = try await edge.connect(
                    sending: "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n" + EdgeFixture.handshake())
                let isIn = try await client.until("HTTP/1.1 429", or: "HTTP/1.1 101").contains("101")
                await client.close()
                return isIn
            }
        }
    }

    @Test func bytesBehindAWaitingOrRejectedHandshakeAreBounded() async throws {
        try await EdgeFixture.run { edge in
            let client = try await edge.connect(sending: "GET /cluster/events HTTP/1.1\r\nHost: h\r\n\r\n")
            _ = try await client.until("HTTP/1.1 200")
            client.send(EdgeFixture.handshake())
            let flood = String(repeating: "x", count: 64 * 1024)
            for _ in 0..<8 { client.send(flood) }
            _ = try await client.untilClosed()
            #expect(edge.sockets.accepted.isEmpty)
        }
    }

    @Test func otherUpgradesAreServedAsPlainHTTP() async throws {
        try await EdgeFixture.run { edge in
            let answer = try await edge.exchange(
                "GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                    + "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n")
            #expect(answer.status == 200)
            #expect(answer.body == #"{"status": "ok"}"#)
        }
    }

    @Test func aShutdownEndsSocketsFirstAndDoesNotWaitForSilentConnections() async throws {
        try await EdgeFixture.run { edge in
            let silent = try await edge.connect()
            let socket = try await edge.connect(sending: EdgeFixture.handshake(), until: "101")
            await edge.shutDown()
            _ = try await socket.untilClosed()
            _ = try await silent.untilClosed()
        }
    }

    @Test func whileDrainingHTTPIsServedNotReadyAndUpgradesAreRejected() async throws {
        try await EdgeFixture.run(sockets: EchoSockets(obedient: false)) { edge in
            let socket = try await edge.connect(sending: EdgeFixture.handshake(), until: "101")
            await edge.shutDown()
            try await eventually("the node is not ready") { try await edge.get("/readyz").status == 503 }
            try await #expect(edge.get("/readyz").body.contains("draining"))
            try await #expect(edge.get("/healthz").status == 200)
            try await #expect(edge.exchange(EdgeFixture.handshake()).status == 503)
            socket.send("", frame: "still")
            _ = try await socket.until("\u{5}still")
            await socket.close()
        }
    }
}

extension String {
    fileprivate func count(of part: String) -> Int { components(separatedBy: part).count - 1 }
}
