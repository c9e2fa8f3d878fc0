import ChatClient
import ChatProtocol
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Fault 16: Redis has lost everything. Each client is told once in each room, and the chat goes on in a new log.
    struct RedisEmptiedTests {
        @Test func flushallIsReportedToEverybodyOnce() async throws {
            try await Self.expectOneReset("FLUSHALL under load") { try $0.cli("FLUSHALL") }
        }

        @Test func aRestartWithoutDataIsReportedToEverybodyOnce() async throws {
            try await Self.expectOneReset("Redis restarted empty") { redis in
                await redis.kill()
                try redis.wipe()
                try await redis.launch()
            }
        }

        private static func expectOneReset(
            _ title: String, whenEmptied empty: (RedisServer) async throws -> Void
        ) async throws {
            try await withCluster(2) { redis, nodes in
                let run = FaultRun(16, title, on: nodes)
                try await run.judge(measures: false) {
                    try await empty(redis)
                    try await Task.sleep(for: .seconds(2))
                } expecting: { verdict in
                    try #require(verdict.toldGaps == run.breaks * run.crowd.clients.count * run.crowd.rooms.count)
                }
            }
        }
    }
}
