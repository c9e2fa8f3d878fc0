import ChatClient
import ChatModel
import Foundation
import TestSupport
import Testing

extension Integration {
    /// The promises of `docs/protocol.md`, section 5, when nothing fails but the clients' own connections.
    struct PromiseTests {
        private static let clients = 20
        private static let messages = 5_000
        private static let rooms = ["red", "green", "blue"].compactMap { RoomName($0) }

        @Test func twoNodesAndRedisLoseNothingWhileClientsReconnect() async throws {
            try await withRedisServer { redis in
                try await withNodes(2, environment: ["REDIS_URL": redis.url]) { try await Self.expectPromises(on: $0) }
            }
        }

        @Test func anEmbeddedNodeLosesNothingWhileClientsReconnect() async throws {
            try await withNodes(1) { try await Self.expectPromises(on: $0) }
        }

        private static func expectPromises(on nodes: [NodeProcess]) async throws {
            let chosen = ProcessInfo.processInfo.environment["WEBCHAT_SEED"].flatMap { UInt64($0) }
            let seed = chosen ?? .random(in: 0 ... .max)
            print("promises: seed \(seed)")
            var generator = SeededGenerator(seed: seed)

            let crowd = Crowd(clients, on: nodes, rooms: rooms)
            defer { crowd.stop() }
            try await crowd.start()
            var acts = 0
            for number in 0..<messages {
                let sender = Int.random(in: 0..<clients, using: &generator)
                let room = rooms[Int.random(in: 0..<rooms.count, using: &generator)]
                let key = "key-\(number)"
                if number % 4 == 3, let act = Self.act(of: sender, in: room, crowd, using: &generator) {
                    let text = if case .edit = act { "edit \(number)" } else { "" }
                    crowd.send(text, key: key, from: sender, to: room, act: act)
                    acts += 1
                } else {
                    crowd.send("message \(number)", key: key, from: sender, to: room)
                }
                if number % 5 == 4 { try await Task.sleep(for: .milliseconds(5)) }
                // Only one who has come back can be lost again.
                let victim = Int.random(in: 0..<clients, using: &generator)
                if number % 25 == 24, crowd.record.isLive(victim) { crowd.clients[victim].drop() }
            }
            try await crowd.waitUntilSettled(within: .seconds(60))

            let verdict = crowd.record.verdict
            print("promises: \(verdict); \(crowd.record.connections) connections")
            try #require(verdict.isClean, "seed \(seed): \(verdict)")
            try #require(verdict.toldGaps == 0, "seed \(seed): \(verdict)")
            try #require(verdict.acked == messages, "seed \(seed): \(verdict)")
            // A slow machine confirms late what may be acted upon, and lets clients in late who may be lost again.
            try #require(acts > messages / 50, "hardly anything was acted upon")
            try #require(crowd.record.connections > clients + 20, "the connections were not lost often enough")
            try #require(crowd.record.refusals.isEmpty, "seed \(seed): \(crowd.record.refusals)")
        }

        /// Something that a client may do to what it said last.
        private static func act(
            of client: Int, in room: RoomName, _ crowd: Crowd, using generator: inout SeededGenerator
        ) -> MessageAct? {
            guard let id = crowd.record.lastMessage(of: client, in: room) else { return nil }
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: return .edit(id)
            case 1: return .delete(id)
            default: return .react(id, emoji: "👍", on: Bool.random(using: &generator))
            }
        }
    }
}
