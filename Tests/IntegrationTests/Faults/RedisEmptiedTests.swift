import ChatClient
import ChatModel
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Fault 16: Redis has lost everything. Each client is told once in each room, and the chat goes on in a new log.
    struct RedisEmptiedTests {
        @Test func flushallIsReportedToEverybodyOnce() async throws {
            try await withRedisServer { redis in
                try await withNodes(2, environment: ["REDIS_URL": redis.url]) { nodes in
                    let run = FaultRun(16, "FLUSHALL under load", on: nodes)
                    try await run.judge(measures: false) {
                        try redis.cli("FLUSHALL")
                        try await Task.sleep(for: .seconds(2))
                    } expecting: { verdict in
                        try #require(verdict.toldGaps == run.breaks * run.crowd.clients.count * run.crowd.rooms.count)
                    }
                }
            }
        }

        @Test func aRestartWithoutDataIsReportedToEverybodyOnce() async throws {
            try await withRedisServer { redis in
                try await withNodes(2, environment: ["REDIS_URL": redis.url]) { nodes in
                    let run = FaultRun(16, "Redis restarted empty", on: nodes)
                    try await run.judge(measures: false) {
                        await redis.kill()
                        try redis.wipe()
                        try await redis.launch()
                        try await Task.sleep(for: .seconds(2))
                    } expecting: { verdict in
                        try #require(verdict.toldGaps == run.breaks * run.crowd.clients.count * run.crowd.rooms.count)
                    }
                }
            }
        }
    }
}
