import NIOCore
import TestSupport
import Testing

struct FaultProxyTests {
    /// `redis-server` serves as the peer: PING is answered with seven bytes.
    private static func withProxy(_ body: (FaultProxy, RedisServer) async throws -> Void) async throws {
        try await withRedisServer { server in
            let proxy = try await FaultProxy.start(to: server.port)
            defer { Task { await proxy.stop() } }
            try await body(proxy, server)
        }
    }

    private static func expectAnswer(_ socket: RawSocket, within limit: Duration = .seconds(10)) async throws {
        try await socket.send("PING\r\n")
        #expect(try await socket.bytes(7, within: limit) == Array("+PONG\r\n".utf8))
    }

    @Test func bytesPassBothWays() async throws {
        try await Self.withProxy { proxy, _ in
            let socket = try RawSocket(port: proxy.port)
            try await Self.expectAnswer(socket)
            #expect(await proxy.connections == 1)
        }
    }

    @Test func aPayloadManyTimesTheBufferArrivesWhole() async throws {
        try await Self.withProxy { proxy, _ in
            let socket = try RawSocket(port: proxy.port)
            let payload = String(repeating: "x", count: 1_000_000)
            try await socket.send("*2\r\n$4\r\nECHO\r\n$\(payload.utf8.count)\r\n\(payload)\r\n")
            let answer = "$\(payload.utf8.count)\r\n\(payload)\r\n"
            #expect(try await socket.bytes(answer.utf8.count) == Array(answer.utf8))
        }
    }

    @Test func aDelayHoldsEveryByte() async throws {
        try await Self.withProxy { proxy, _ in
            let socket = try RawSocket(port: proxy.port)
            await proxy.set(.init(delay: .milliseconds(150)))
            let start = ContinuousClock.now
            try await Self.expectAnswer(socket)
            #expect(ContinuousClock.now - start >= .milliseconds(300))
        }
    }

    @Test func throttlingBoundsTheRateOfAllConnectionsTogether() async throws {
        try await Self.withProxy { proxy, _ in
            let sockets = try (0..<2).map { _ in try RawSocket(port: proxy.port) }
            for socket in sockets { try await Self.expectAnswer(socket) }
            await proxy.set(.init(bytesPerSecond: 20_000), .toServer)
            let payload = String(repeating: "x", count: 5_000)
            let start = ContinuousClock.now
            for socket in sockets { try await socket.send("*2\r\n$4\r\nECHO\r\n$5000\r\n\(payload)\r\n") }
            for socket in sockets { _ = try await socket.bytes(5_009) }
            #expect(ContinuousClock.now - start >= .milliseconds(450))
        }
    }

    @Test func aStoppedDirectionHoldsBytesAndPassesThemWhenHealed() async throws {
        try await Self.withProxy { proxy, _ in
            let socket = try RawSocket(port: proxy.port)
            try await Self.expectAnswer(socket)
            await proxy.set(.init(isStopped: true), .toClient)
            try await socket.send("PING\r\n")
            await #expect(throws: TestFailure.self) { try await socket.bytes(1, within: .milliseconds(300)) }
            await proxy.heal()
            #expect(try await socket.bytes(7) == Array("+PONG\r\n".utf8))
        }
    }

    @Test func cuttingResetsOpenConnectionsAndNewOnesPass() async throws {
        try await Self.withProxy { proxy, _ in
            let socket = try RawSocket(port: proxy.port)
            try await Self.expectAnswer(socket)
            await proxy.cut()
            try await socket.waitForEnd()
            #expect(await eventually { await proxy.connections == 0 })
            try await Self.expectAnswer(try RawSocket(port: proxy.port))
        }
    }

    @Test func refusingResetsNewConnectionsUntilHealed() async throws {
        try await Self.withProxy { proxy, _ in
            let standing = try RawSocket(port: proxy.port)
            try await Self.expectAnswer(standing)
            await proxy.refuse()
            try await RawSocket(port: proxy.port).waitForEnd()
            try await Self.expectAnswer(standing)
            await proxy.heal()
            try await Self.expectAnswer(try RawSocket(port: proxy.port))
        }
    }

    @Test func theProxyCanBePointedAtAnotherServer() async throws {
        try await Self.withProxy { proxy, server in
            try await withRedisServer { other in
                try other.cli("SET", "name", "other")
                try server.cli("SET", "name", "first")
                await proxy.point(to: other.port)
                let socket = try RawSocket(port: proxy.port)
                try await socket.send("GET name\r\n")
                #expect(try await socket.bytes(11) == Array("$5\r\nother\r\n".utf8))
            }
        }
    }

    @Test func anUnreachableServerEndsTheConnection() async throws {
        try await Self.withProxy { proxy, server in
            let socket = try RawSocket(port: proxy.port)
            try await Self.expectAnswer(socket)
            await server.kill()
            try await socket.waitForEnd()
            try await RawSocket(port: proxy.port).waitForEnd()
        }
    }
}
