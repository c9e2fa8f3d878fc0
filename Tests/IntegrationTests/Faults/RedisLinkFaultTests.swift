import ChatClient
import ChatModel
import ChatProtocol
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Faults 18, 19 and 20: Redis works, but not for us.
    struct RedisLinkFaultTests {
        @Test func subscribersKilledEverySecondMissNothing() async throws {
            try await withCluster(2) { redis, nodes in
                try await FaultRun(18, "CLIENT KILL TYPE pubsub every second", on: nodes).judge(measures: false) {
                    for _ in 0..<FaultScale.choose(quick: 5, long: 30) {
                        try redis.cli("CLIENT", "KILL", "TYPE", "pubsub")
                        try await Task.sleep(for: .seconds(1))
                    }
                }
                let restarts = try await nodes.metric(#"webchat_actor_restarts_total{kind="service",reason="error"}"#)
                #expect(restarts >= 5, "the subscribers were not killed")
            }
        }

        @Test func messagesWaitWhileRedisIsOutOfMemory() async throws {
            try await withCluster(2) { redis, nodes in
                try await FaultRun(19, "Redis out of memory", on: nodes).judge {
                    try redis.cli("CONFIG", "SET", "maxmemory", "1")
                    let bob = try await Conversation.open(nodes[0])
                    _ = try await bob.join("elsewhere")
                    try await bob.say(#"{"type":"chat","room":"elsewhere","key":"k","text":"no room"}"#)
                    #expect(try await bob.error().code == .unavailable)
                    try await Task.sleep(for: .seconds(2))
                    try redis.cli("CONFIG", "SET", "maxmemory", "0")
                }
            }
        }

        /// Far less than what is said fits through. What waits is bounded, senders are told, and it ends with the fault.
        @Test func aThrottledLinkHasABoundedQueueAndRecovers() async throws {
            try await withRedisServer { redis in
                let link = try await FaultProxy.start(to: redis.port)
                defer { Task { await link.stop() } }
                try await withNodes(2, environment: ["REDIS_URL": "redis://127.0.0.1:\(link.port)"]) { nodes in
                    let ann = try await Conversation.inLobby(nodes[0])
                    try await FaultRun(20, "Link to Redis throttled to 1 kB/s", on: nodes).judge {
                        let before = nodes.map(\.residentKilobytes)
                        await link.set(.init(bytesPerSecond: 1_000))
                        try await Task.sleep(for: .seconds(5))
                        #expect(
                            try await nodes.metric(#"webchat_redis_waiting_commands{operation="publish"}"#) > 0,
                            "nothing waits: the link is not the bottleneck")
                        for (node, before) in zip(nodes, before) {
                            #expect(node.residentKilobytes - before < 100_000)
                        }
                        try await ann.say(#"{"type":"chat","room":"lobby","key":"k","text":"hello"}"#)
                        #expect(try await ann.error().code == .unavailable)
                        await link.heal()
                    }
                    #expect(try await nodes.metric(#"webchat_redis_waiting_commands{operation="publish"}"#) == 0)
                }
            }
        }
    }
}
