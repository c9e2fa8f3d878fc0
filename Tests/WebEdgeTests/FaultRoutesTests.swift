import Actors
import NIOPosix
import TestSupport
import Testing

@testable import WebEdge

/// What the order does is seen in `ActorFaultTests`.
@Suite struct FaultRoutesTests {
    private static let order = "/dev/faults?actor=room&room=lobby"
    private let rooms = RoomDirectory.inMemory(
        on: [MultiThreadedEventLoopGroup.singleton.next()],
        metrics: PrometheusFactory(ActorsMetrics.descriptions, version: "test"))

    @Test func withoutTheDevelopmentFlagTheRouteIsMissing() async throws {
        try await EdgeFixture.run { edge in
            let answer = try await edge.get(Self.order, method: "POST")
            #expect(answer.status == 404 && answer.body != "the room is not on this node")
        }
    }

    @Test(arguments: [
        ("", 400), ("?actor=room", 400), ("?actor=node&room=lobby", 400), ("?actor=room&room=No%20room", 400),
        ("?actor=room&room=lobby", 404), ("?actor=connection&room=lobby", 404),
    ])
    func invalidOrdersAreRejected(query: String, status: Int) async throws {
        try await EdgeFixture.run(sabotaged: rooms) { edge in
            try await #expect(edge.get("/dev/faults\(query)", method: "POST").status == status)
        }
    }

    @Test(arguments: [
        ("localhost", 404), ("LOCALHOST:8080", 404), ("127.0.0.1:1", 404), ("[::1]:9", 404), ("127.1.2.3", 404),
        ("evil.example", 403), ("localhost.evil.example:8080", 403), ("10.0.0.1", 403), ("127.0.0.1.evil", 403),
        ("", 403),
    ])
    func onlyNamesOfThisMachineAreServed(host: String, status: Int) async throws {
        try await EdgeFixture.run(sabotaged: rooms) { edge in
            let answer = try await edge.exchange(
                "POST \(Self.order) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
            #expect(answer.status == status)
        }
    }

    @Test(arguments: ["X-Forwarded-For: 10.0.0.1", "Origin: http://127.0.0.1"])
    func proxiesAndPagesAreRejected(header: String) async throws {
        try await EdgeFixture.run(sabotaged: rooms) { edge in
            try await #expect(edge.get(Self.order, header, method: "POST").status == 403)
        }
    }
}
