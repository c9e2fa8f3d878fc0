import Foundation
import NIOCore
import TestSupport
import Testing

@testable import WebEdge

/// What a connection may do before, and instead of, asking for something.
@Suite struct RequestLimitTests {
    private static let ok = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"

    @Test func aHeadAbove16KiBIsAnsweredWith431() async throws {
        let long = String(repeating: "x", count: 16 * 1024)
        let many = (0..<200).map { "X-\($0): \(String(repeating: "y", count: 100))\r\n" }.joined()
        try await EdgeFixture.run { edge in
            for head in ["GET /\(long)", "GET / HTTP/1.1\r\nX: \(long)", "GET / HTTP/1.1\r\nHost: h\r\n\(many)"] {
                let answer = try await edge.exchange(head + String(repeating: "z", count: 100_000))
                #expect(answer.status == 431)
                #expect(answer["Connection"] == "close")
                #expect(!answer.body.isEmpty)
            }
            let fits = try await edge.get("/healthz", "X: \(long.prefix(16_000))")
            #expect(fits.status == 200)
            #expect(refusals(edge, "head_too_big") == 3)
        }
    }

    @Test func laterRequestsHaveADeadlineAndEarlierOnesAreAnsweredFirst() async throws {
        let long = String(repeating: "x", count: 17 * 1024)
        try await EdgeFixture.run { edge in
            let client = try await edge.connect(sending: Self.ok, until: "ok\"}")
            client.send("GET /\(long)")
            try await #expect(client.untilClosed().contains("HTTP/1.1 431"))

            let hasty = try await edge.connect(sending: Self.ok + Self.ok + "GET /\(long)")
            let heard = try await hasty.untilClosed()
            #expect(heard.components(separatedBy: "HTTP/1.1 ").map { $0.prefix(3) } == ["", "200", "200", "431"])
        }
    }

    @Test func aHeadThatArrivesByteByByteIsAnsweredWith408() async throws {
        try await EdgeFixture.run(configure: { $0.headTimeout = .milliseconds(200) }) { edge in
            let first = try await edge.connect(sending: "GET / HT")
            let later = try await edge.connect(sending: Self.ok, until: "ok\"}")
            // Longer than the limit, which is for heads: an idle connection may be used again.
            try await Task.sleep(for: .milliseconds(300))
            later.send(Self.ok)
            try await eventually("both are answered") { later.text.components(separatedBy: "200 OK").count == 3 }
            later.send("G")
            for client in [first, later] { try await #expect(client.untilClosed().contains("HTTP/1.1 408 ")) }
            #expect(refusals(edge, "head_too_slow") == 2)
        }
    }

    @Test func aConnectionWithoutARequestIsClosedSilently() async throws {
        try await EdgeFixture.run(configure: { $0.firstRequestTimeout = .milliseconds(100) }) { edge in
            try await #expect(edge.connect().untilClosed() == "")
            #expect(refusals(edge, "silent") == 1)
        }
    }

    @Test func theSilenceLimitEndsWithTheFirstRequest() async throws {
        // Long enough for the handshake on a machine that is busy.
        try await EdgeFixture.run(configure: { $0.firstRequestTimeout = .seconds(2) }) { edge in
            let socket = try await edge.connect(sending: EdgeFixture.handshake(), until: "101")
            try await Task.sleep(for: .seconds(3))
            socket.send("", frame: "still")
            _ = try await socket.until("\u{5}still")
            await socket.close()
        }
    }

    @Test(arguments: [
        "Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6", "Content-Length: -1", "Content-Length: 1e3",
        "Transfer-Encoding: chunked, identity", "A B: c", " folded: x",
    ])
    func ambiguousRequestsAreAnsweredWith400AndNothingAfterThemIsRead(headers: String) async throws {
        try await EdgeFixture.run { edge in
            let client = try await edge.connect()
            client.send("POST /healthz HTTP/1.1\r\nHost: h\r\n\(headers)\r\n\r\n0\r\n\r\n" + Self.ok)
            let heard = try await client.untilClosed()
            #expect(heard.hasPrefix("HTTP/1.1 400 "), "\(heard)")
            #expect(heard.components(separatedBy: "HTTP/1.1 ").count == 2, "\(heard)")
        }
    }

    @Test func aRequestWithABodyIsAnsweredUnreadAndItsConnectionClosed() async throws {
        try await EdgeFixture.run { edge in
            let answer = try await edge.exchange(
                "POST /healthz HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\nx")
            #expect(answer.status == 413)
            #expect(answer["Connection"]?.lowercased() == "close")
        }
    }

    @Test func anUploadThatIsTooSlowIsAnsweredWith408AndLeavesNothing() async throws {
        try await TakenFiles.with { files in
            try await EdgeFixture.run(
                files: files.services,
                configure: {
                    $0.bodyTimeout = .milliseconds(300)
                    $0.bodyBytesPerSecond = 1_000_000
                }
            ) { edge in
                let (head, bytes) = try files.upload(of: 50_000)
                // It arrives by and by, and then no more.
                let client = try await edge.connect(sending: head + String(repeating: "x", count: 10_000))
                let heard = try await client.untilClosed()
                #expect(heard.hasPrefix("HTTP/1.1 408 "), "\(heard)")
                #expect(heard.components(separatedBy: "HTTP/1.1 ").count == 2, "\(heard)")
                #expect(refusals(edge, "body_too_slow") == 1)
                try await eventually("nothing is left") { files.left.isEmpty }
                // In time it is stored, behind another request, and ends the connection.
                let answers = try await edge.connect(sending: Self.ok + head + bytes + Self.ok).untilClosed()
                #expect(answers.components(separatedBy: "HTTP/1.1 ").map { $0.prefix(3) } == ["", "200", "201"])
                #expect(files.left.count == 1)
            }
        }
    }

    @Test func idleConnectionsAreLimitedPerAddressExceptForProxies() async throws {
        try await EdgeFixture.run(configure: { $0.connectionsPerAddress = 3 }) { edge in
            var clients: [RawClient] = []
            for _ in 0..<4 { clients.append(try await edge.connect()) }
            // Each is taken in on its own event loop: which of them is the fourth is chance.
            try await eventually("one is too many") { clients.count { $0.isOpen } == 3 }
            #expect(refusals(edge, "crowded") == 1)
            // Who has asked, or has gone, makes room.
            let idle = clients.filter(\.isOpen)
            idle[0].send(Self.ok)
            _ = try await idle[0].until("ok\"}")
            try await eventually("there is room") { (try? await edge.get("/healthz").status) == 200 }
            await idle[1].close()
            try await eventually("there is room again") { (try? await edge.get("/healthz").status) == 200 }
            for client in idle { await client.close() }
        }
        try await EdgeFixture.run(configure: {
            $0.connectionsPerAddress = 1
            $0.trustedProxies = [AddressBlock("127.0.0.0/8")].compactMap(\.self)
        }) { edge in
            var idle: [RawClient] = []
            for _ in 0..<3 { idle.append(try await edge.connect()) }
            try await #expect(edge.get("/healthz").status == 200)
            for client in idle { await client.close() }
        }
    }

    @Test func onlyHalfOfAnAddressConnectionsMayBeIdle() async throws {
        try await EdgeFixture.run(configure: { $0.connectionsPerAddress = 6 }) { edge in
            var kept: [RawClient] = []
            for _ in 0..<20 {
                let client = try await edge.connect(sending: Self.ok)
                try await eventually("it is answered") { client.text.contains("200 OK") || !client.isOpen }
                #expect(client.text.contains("200 OK"))
                if client.text.lowercased().contains("connection: close") {
                    _ = try await client.untilClosed()
                } else {
                    kept.append(client)
                }
            }
            #expect(kept.count == 3)
            for client in kept { await client.close() }
            try await eventually("all have left") {
                let client = try await edge.connect(sending: Self.ok)
                let isKept = try await !client.until("ok\"}").lowercased().contains("connection: close")
                await client.close()
                return isKept
            }
        }
    }

    @Test func http10ClientsGetNoChunkedEncodingAndAClose() async throws {
        try await EdgeFixture.run { edge in
            for head in [
                "GET /healthz HTTP/1.0\r\n\r\n", "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
                "HEAD / HTTP/1.0\r\nHost: h\r\n\r\n", "GET /messages HTTP/1.0\r\n\r\n",
            ] {
                let answer = try await edge.exchange(head)
                #expect(answer.status == 200 && answer["Transfer-Encoding"] == nil)
                #expect(answer["Connection"]?.lowercased() == "close")
            }
        }
    }

    @Test func connectionCloseIsAcknowledgedAndEndsTheConnection() async throws {
        try await EdgeFixture.run { edge in
            for option in ["close", "Close", "keep-alive, close"] {
                let client = try await edge.connect()
                client.send("GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: \(option)\r\n\r\n" + Self.ok)
                let heard = try await client.untilClosed()
                #expect(heard.lowercased().contains("\r\nconnection: close\r\n"), "\(option): \(heard)")
                #expect(heard.components(separatedBy: "HTTP/1.1 ").count == 2, "\(option): \(heard)")
            }
        }
    }

    @Test(arguments: [
        ("1.1", ""), ("1.1", "Host: a\r\nHost: a\r\n"), ("1.1", "Host: a b\r\n"), ("1.1", "Host: a, b\r\n"),
        ("1.1", "Host: a/b\r\n"), ("1.0", "Host: a\r\nHost: b\r\n"),
    ])
    func http11RequiresOneHostAndHTTP10AtMostOne(version: String, headers: String) async throws {
        try await EdgeFixture.run { edge in
            let client = try await edge.connect(sending: "GET /healthz HTTP/\(version)\r\n\(headers)\r\n" + Self.ok)
            let heard = try await client.untilClosed()
            #expect(heard.hasPrefix("HTTP/1.1 400 ") && heard.contains("one Host"), "\(heard)")
            #expect(heard.components(separatedBy: "HTTP/1.1 ").count == 2, "\(heard)")
        }
    }

    private func refusals(_ edge: EdgeFixture, _ reason: String) -> Int? {
        let name = "webchat_http_refusals_total{reason=\"\(reason)\"} "
        let line = String(buffer: edge.metrics.render()).split(separator: "\n").first { $0.hasPrefix(name) }
        return line.flatMap { Int($0.dropFirst(name.count)) }
    }
}
