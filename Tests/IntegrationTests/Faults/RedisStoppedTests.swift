import ChatClient
import ChatModel
import ChatProtocol
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Faults 14 and 15: Redis stands still, or is killed and comes back with what it had.
    struct RedisStoppedTests {
        private static let publishErrors = #"webchat_redis_operations_total{operation="publish",status="error"}"#

        /// What Redis had taken before it stood still is sent again by its clients, and must not be there twice.
        @Test func aRedisStallOfFiveSecondsDuplicatesNothing() async throws {
            try await withCluster(2) { redis, nodes in
                let run = FaultRun(14, "Redis stopped for 5 s", on: nodes)
                try await run.judge {
                    redis.pause()
                    try await Task.sleep(for: .seconds(5))
                    redis.resume()
                }
                #expect(try await nodes.metric(Self.publishErrors) > 0, "no publish has run out of time")
            }
        }

        @Test func aStalledPublishIsUnavailableBeforeItsClientGivesUpAndIsLoggedOnce() async throws {
            try await withCluster(1) { redis, nodes in
                let ann = try await Conversation.inLobby(nodes[0])
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

        @Test func joinsDuringAStallAreRejectedAndSucceedAfterwards() async throws {
            try await withCluster(1) { redis, nodes in
                let ann = try await Conversation.open(nodes[0])
                _ = try await ann.join("lobby")
                let bob = try await Conversation.open(nodes[0])
                redis.pause()
                // One room is not there yet, the other one is.
                for room in ["attic", "lobby"] { try await bob.say(#"{"type":"join","room":"\#(room)"}"#) }
                var refused: Set<String> = []
                for _ in 0..<2 {
                    let error = try await bob.error()
                    #expect(error.code == .unavailable && error.retryAfterMs != nil && error.key == nil)
                    if let room = error.room { refused.insert(room) }
                }
                #expect(refused == ["attic", "lobby"])
                redis.resume()
                // The socket is as before, and in no room.
                for room in refused { #expect(try await bob.joinWhenPossible(room).room.description == room) }
            }
        }

        /// `always`: what was acknowledged is on the disk.
        @Test func aKilledRedisRestartedFromItsFileLosesNothing() async throws {
            let file = ["--appendonly", "yes", "--appendfsync", "always"]
            try await withCluster(2, redis: file) { redis, nodes in
                try await FaultRun(15, "Redis killed, restarted with AOF (always)", on: nodes).judge {
                    await redis.kill()
                    try await Task.sleep(for: .milliseconds(500))
                    try await redis.launch()
                }
            }
        }

        /// `everysec`: a process that is killed has written its file; only a machine that goes down loses the last second.
        /// Here its last bytes are cut off, as such a machine would lose them.
        @Test func messagesLostByTheFileAreReported() async throws {
            let file = ["--appendonly", "yes", "--appendfsync", "everysec", "--auto-aof-rewrite-percentage", "0"]
            try await withCluster(2, redis: file) { redis, nodes in
                try await FaultRun(15, "Redis killed, the last of its AOF lost (everysec)", on: nodes).judge {
                    await redis.kill()
                    try redis.cutAppendOnlyFile(by: 20_000)
                    try await redis.launch()
                } expecting: { verdict in
                    try #require(verdict.reportedGaps > 0, "\(verdict)")
                }
            }
        }
    }
}

extension Conversation {
    /// Asks again as often as the server wants it.
    fileprivate func joinWhenPossible(_ room: String) async throws -> ServerFrame.Joined {
        while true {
            let answer = try await ask(#"{"type":"join","room":"\#(room)"}"#) {
                if case .joined(let joined) = $0 { joined } else { nil }
            }
            switch answer {
            case .success(let joined): return joined
            case .failure(let error):
                guard error.code == .unavailable, let pause = error.retryAfterMs else { throw error }
                try await Task.sleep(for: .milliseconds(pause))
            }
        }
    }
}
