import ChatClient
import ChatModel
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Fault 25: connections, rooms and the subscriber of running nodes throw under load, and nobody notices.
    struct ActorFaultTests {
        private static let rooms = ["red", "green"].compactMap { RoomName($0) }
        /// Every point, most of them in one room only, one after the other. Never twice at once: a message that makes a
        /// connection fail twice is skipped for it, and told, which is another promise.
        private static let orders = [
            "connection.receive&room=red", "connection.deliver&room=red", "room.submit&room=green",
            "room.deliver&room=green", "subscriber.receive", "connection.deliver&room=green", "room.deliver",
        ]

        /// - `workers`: with one, room and member share an event loop, and a failure comes back into whoever called.
        @Test(arguments: ["1", "2"])
        func usersSeeNothingOfWhatThrows(workers: String) async throws {
            try await withRedisServer { redis in
                let environment = ["REDIS_URL": redis.url, "WEBCHAT_DEV": "1", "WORKERS": workers]
                try await withNodes(2, environment: environment) { nodes in
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
                            let order = Self.orders[orders / nodes.count % Self.orders.count]
                            try await nodes[orders % nodes.count].order(fault: order)
                            orders += 1
                        }
                    }
                    try await crowd.waitUntilSettled(within: .seconds(30))

                    let verdict = crowd.record.verdict
                    try FaultReport(
                        fault: 25, title: "connections, rooms and subscribers throw, WORKERS=\(workers)",
                        verdict: verdict,
                        seed: 0
                    ).record()
                    try #require(verdict.isClean && verdict.isComplete, "\(verdict)")
                    try #require(verdict.acked == messages, "\(verdict)")
                    #expect(crowd.record.connections == clients, "nobody lost its socket \(crowd.record.summary)")
                    var restarts: [String: Double] = [:]
                    for node in nodes {
                        // A subscriber that was away when the last messages came throws at the next canary.
                        try await eventually("every fault has happened") { try await node.faultsWaiting() == 0 }
                        for kind in ["connection", "room", "service"] {
                            restarts[kind, default: 0] += try await node.restarts(of: kind)
                        }
                    }
                    for (kind, count) in restarts { #expect(count > 0, "no \(kind) was restarted: \(restarts)") }
                }
            }
        }

        /// A room that throws whatever it does is given up, and its members with it; they come back into another one.
        @Test func aRoomThatFailsForEverSendsItsMembersAway() async throws {
            try await withNodes(1, environment: ["WEBCHAT_DEV": "1"]) { nodes in
                let crowd = Crowd(4, on: nodes, rooms: Self.rooms)
                defer { crowd.stop() }
                try await crowd.start()
                try await nodes[0].order(fault: "room.submit&room=red&times=1000000")
                crowd.send("to the broken room", key: "red", from: 0, to: Self.rooms[0])
                crowd.send("to the other one", key: "green", from: 1, to: Self.rooms[1])
                try await eventually("everybody is sent away", within: .seconds(30)) {
                    crowd.record.times(closedWith: 1011) >= 4
                }
                _ = try await nodes[0].exchange("DELETE", "/dev/faults")
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
    /// Has the next handling at a point throw: `/dev/faults`.
    fileprivate func order(fault: String) async throws {
        let answer = try await exchange("POST", "/dev/faults?point=\(fault)")
        guard answer.status == 200 else { throw RawSocket.Failure(description: "\(name) takes no fault: \(answer)") }
    }

    fileprivate func faultsWaiting() async throws -> Int {
        struct Faults: Decodable {
            struct Plan: Decodable {}
            let waiting: [Plan]
        }
        return try JSONDecoder().decode(Faults.self, from: Data(try await get("/dev/faults").body.utf8)).waiting.count
    }

    fileprivate func restarts(of kind: String) async throws -> Double {
        try await metric(#"webchat_actor_restarts_total{kind="\#(kind)",reason="error"}"#)
    }
}
