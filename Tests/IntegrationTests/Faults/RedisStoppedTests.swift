import ChatClient
import ChatModel
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Faults 14 and 15: Redis stands still, or is killed and comes back with what it had.
    struct RedisStoppedTests {
        private static let publishErrors = #"webchat_redis_operations_total{operation="publish",status="error"}"#

        /// What Redis had taken before it stood still is sent again by its clients, and must not be there twice.
        @Test func redisThatStandsStillForFiveSecondsDoublesNothing() async throws {
            try await withRedisServer { redis in
                try await withNodes(2, environment: ["REDIS_URL": redis.url]) { nodes in
                    let run = FaultRun(14, "Redis stopped for 5 s", on: nodes)
                    try await run.judge {
                        redis.pause()
                        try await Task.sleep(for: .seconds(5))
                        redis.resume()
                    } expecting: { verdict in
                        try #require(verdict.isComplete, "\(verdict)")
                    }
                    #expect(try await nodes.metric(Self.publishErrors) > 0, "no publish has run out of time")
                }
            }
        }

        @Test func aPublishIsAnsweredUnavailableBeforeItsClientGivesItUpAndIsInTheLogOnce() async throws {
            try await withRedisServer { redis in
                try await withNodes(1, environment: ["REDIS_URL": redis.url]) { nodes in
                    let ann = try await Conversation.open(nodes[0])
                    _ = try await ann.join("lobby")
                    let chat = #"{"type":"chat","room":"lobby","key":"once","text":"only once"}"#
                    redis.pause()
                    let asked = ContinuousClock.now
                    try await ann.say(chat)
                    let error = try await ann.error()
                    #expect(error.code == .unavailable && error.key == "once")
                    #expect(ContinuousClock.now - asked < ClientConfiguration().resendAfter)
                    redis.resume()
                    try await ann.say(chat)
                    #expect(try await ann.ack().id.seq == 1)
                    #expect(try redis.cli("XLEN", "webchat:{lobby}:log") == "1")
                }
            }
        }

        /// `always`: what was acknowledged is on the disk.
        @Test func redisThatIsKilledAndComesBackWithItsFileLosesNothing() async throws {
            let file = ["--appendonly", "yes", "--appendfsync", "always"]
            try await withRedisServer(arguments: file) { redis in
                try await withNodes(2, environment: ["REDIS_URL": redis.url]) { nodes in
                    try await FaultRun(15, "Redis killed, restarted with AOF (always)", on: nodes).judge {
                        await redis.kill()
                        try await Task.sleep(for: .milliseconds(500))
                        try await redis.launch()
                    } expecting: { verdict in
                        try #require(verdict.isComplete, "\(verdict)")
                    }
                }
            }
        }

        /// `everysec`: a process that is killed has written its file; only a machine that goes down loses the last second.
        /// Here its last bytes are cut off, as such a machine would lose them.
        @Test func whatAFileLostIsTold() async throws {
            let file = ["--appendonly", "yes", "--appendfsync", "everysec", "--auto-aof-rewrite-percentage", "0"]
            try await withRedisServer(arguments: file) { redis in
                try await withNodes(2, environment: ["REDIS_URL": redis.url]) { nodes in
                    try await FaultRun(15, "Redis killed, the last of its AOF lost (everysec)", on: nodes).judge {
                        await redis.kill()
                        try redis.cutAppendOnlyFile(by: 20_000)
                        try await redis.launch()
                    } expecting: { verdict in
                        try #require(verdict.toldGaps > 0, "\(verdict)")
                    }
                }
            }
        }
    }
}
