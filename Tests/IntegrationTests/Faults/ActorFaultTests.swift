import ChatClient
import ChatModel
import TestSupport
import Testing

extension Integration {
    /// Fault 25: connections, rooms and the subscriber of running nodes fail under load, and nobody notices.
    struct ActorFaultTests {
        private static let rooms = ["red", "green"].compactMap { RoomName($0) }
        private enum Failing: CaseIterable { case connections, room, subscribers }

        /// - `workers`: with one, room and member share an event loop, and a failure comes back into whoever called.
        @Test(arguments: ["1", "2"])
        func actorFailuresAreInvisibleToUsers(workers: String) async throws {
            try await withCluster(2, environment: ["WEBCHAT_DEV": "1", "WORKERS": workers]) { redis, nodes in
                let clients = 8
                let crowd = Crowd(clients, on: nodes, rooms: Self.rooms)
                defer { crowd.stop() }
                try await crowd.start()
                let messages = FaultScale.choose(quick: 800, long: 30_000)
                var orders = 0
                for number in 0..<messages {
                    let room = Self.rooms[number / 3 % Self.rooms.count]
                    crowd.send("message \(number)", key: "k\(number)", from: number % clients, to: room)
                    if number % 4 == 3 { try await Task.sleep(for: .milliseconds(20)) }
                    // Slow enough that no connection and no room is restarted more often than it may be.
                    if number % 80 == 39 {
                        let room = Self.rooms[orders % Self.rooms.count]
                        let node = nodes[orders / 2 % nodes.count]
                        switch Failing.allCases[orders % Failing.allCases.count] {
                        case .connections: try await node.fail("connection", in: room)
                        case .room: try await node.fail("room", in: room)
                        case .subscribers: _ = try redis.cli("client", "kill", "type", "pubsub")
                        }
                        orders += 1
                    }
                }
                try await crowd.waitUntilSettled(within: .seconds(30))

                let verdict = crowd.record.verdict
                let title = "connections, rooms and subscribers fail, WORKERS=\(workers)"
                try FaultReport(fault: 25, title: title, verdict: verdict, seed: 0).record()
                try #require(verdict.isClean && verdict.isComplete, "\(verdict)")
                try #require(verdict.acked == messages, "\(verdict)")
                #expect(crowd.record.connections == clients, "nobody lost its socket \(crowd.record.summary)")
                var restarts: [String: Double] = [:]
                for node in nodes {
                    for kind in ["connection", "room", "service"] {
                        restarts[kind, default: 0] += try await node.restarts(of: kind)
                    }
                }
                for (kind, count) in restarts { #expect(count > 0, "no \(kind) was restarted: \(restarts)") }
            }
        }

        /// A room that fails again and again is given up, and its members' sockets close; they reconnect to a new room.
        @Test func aRoomThatKeepsFailingClosesItsMembersSockets() async throws {
            try await withNodes(1, environment: ["WEBCHAT_DEV": "1"]) { nodes in
                let crowd = Crowd(4, on: nodes, rooms: Self.rooms)
                defer { crowd.stop() }
                try await crowd.start()
                crowd.send("to the broken room", key: "red", from: 0, to: Self.rooms[0])
                crowd.send("to the other one", key: "green", from: 1, to: Self.rooms[1])
                try await eventually("every socket is closed") {
                    if crowd.record.times(closedWith: 1011) < 4 { try? await nodes[0].fail("room", in: Self.rooms[0]) }
                    return crowd.record.times(closedWith: 1011) >= 4
                }
                try await crowd.waitUntilSettled(within: .seconds(30))
                let verdict = crowd.record.verdict
                try #require(verdict.isClean && verdict.isComplete && verdict.acked == 2, "\(verdict)")
                #expect(
                    try await nodes[0].metric(#"webchat_actor_restarts_total{kind="room",reason="escalated"}"#) >= 1)
                #expect(try await nodes[0].get("/cluster").body.contains(#""name":"room red""#))
            }
        }
    }
}

extension NodeProcess {
    /// Has actors of a room break an invariant: `/dev/faults`.
    fileprivate func fail(_ actor: String, in room: RoomName) async throws {
        let answer = try await exchange("POST", "/dev/faults?actor=\(actor)&room=\(room)")
        guard answer.status == 200 else { throw TestFailure("\(name): no fault: \(answer)") }
    }

    fileprivate func restarts(of kind: String) async throws -> Double {
        let reason = kind == "service" ? "error" : "answer"
        return try await metric(#"webchat_actor_restarts_total{kind="\#(kind)",reason="\#(reason)"}"#)
    }
}
