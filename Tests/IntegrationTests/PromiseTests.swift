import ChatClient
import ChatModel
import TestSupport
import Testing

extension Integration {
    /// The promises of `docs/protocol.md`, section 5, when nothing fails but the clients' own connections.
    struct PromiseTests {
        private static let clients = 20
        private static let messages = 5_000
        private static let rooms = ["red", "green", "blue"].compactMap { RoomName($0) }

        @Test func twoNodesAndRedisLoseNothingWhileClientsReconnect() async throws {
            try await withCluster(2) { _, nodes in try await Self.expectPromises(on: nodes) }
        }

        @Test func anEmbeddedNodeLosesNothingWhileClientsReconnect() async throws {
            try await withNodes(1) { try await Self.expectPromises(on: $0) }
        }

        private static func expectPromises(on nodes: [NodeProcess]) async throws {
            let seed = FaultScale.seed()
            print("promises: seed \(seed)")
            var generator = SeededGenerator(seed: seed)

            let crowd = Crowd(clients, on: nodes, rooms: rooms, acts: 25)
            defer { crowd.stop() }
            try await crowd.start()
            for number in 0..<messages {
                let sender = Int.random(in: 0..<clients, using: &generator)
                let room = rooms[Int.random(in: 0..<rooms.count, using: &generator)]
                crowd.speak("message \(number)", key: "key-\(number)", from: sender, to: room, using: &generator)
                if number % 5 == 4 { try await Task.sleep(for: .milliseconds(5)) }
                // Only one who has come back can be lost again.
                let victim = Int.random(in: 0..<clients, using: &generator)
                if number % 25 == 24, crowd.record.isLive(victim) { crowd.clients[victim].drop() }
            }
            try await crowd.waitUntilSettled(within: .seconds(60))

            try await crowd.stopAndCompare()

            let verdict = crowd.record.verdict
            print("promises: \(verdict); \(crowd.record.connections) connections")
            try #require(verdict.isClean, "seed \(seed): \(verdict)")
            try #require(verdict.reportedGaps == 0, "seed \(seed): \(verdict)")
            try #require(verdict.sent == messages && verdict.unanswered == 0, "seed \(seed): \(verdict)")
            // A slow machine lets clients in late who may be lost again, and shows late what may be acted upon.
            try #require(verdict.acts > messages / 50, "hardly anything was acted upon")
            try #require(verdict.statesCompared > clients * rooms.count * 100, "hardly anything was compared")
            try #require(crowd.record.connections > clients + 20, "the connections were not lost often enough")
            try #require(crowd.record.refusals.isEmpty, "seed \(seed): \(crowd.record.refusals)")
        }
    }
}
