import ChatModel
import ChatProtocol
import TestSupport
import Testing

extension Integration {
    /// A connection to Redis that stands and answers, and delivers nothing: here it is on another server than the one
    /// that is published to, as after a failover that only half of the connections have followed.
    struct DeafSubscriberTests {
        @Test func aDeafSubscriberIsReportedAndReconnected() async throws {
            try await withRedisServer { redis in
                try await withRedisServer { elsewhere in
                    let link = try await FaultProxy.start(to: redis.port)
                    defer { Task { await link.stop() } }
                    try await withNodes(1, environment: ["REDIS_URL": "redis://127.0.0.1:\(link.port)"]) { nodes in
                        try await Self.deafen(nodes[0], link, redis, elsewhere)
                    }
                }
            }
        }

        private static func deafen(
            _ node: NodeProcess, _ link: FaultProxy, _ redis: RedisServer, _ elsewhere: RedisServer
        ) async throws {
            let ann = try await Conversation.inLobby(node)
            let bob = try await Conversation.inLobby(node)
            await link.point(to: elsewhere.port)
            try redis.cli("CLIENT", "KILL", "TYPE", "pubsub")
            try await eventually("the node subscribes on the other server") {
                try elsewhere.cli("PUBSUB", "NUMSUB", "webchat:0:{lobby}:live").hasSuffix("\n1")
            }
            // Pub/sub is only a hint: what is said meanwhile is found in the log.
            try await ann.say(#"{"type":"chat","room":"lobby","key":"k1","text":"hello"}"#)
            #expect(try await bob.chat().text == "hello")

            try await eventually("the node says that it is deaf", within: .seconds(60), state: { node.log }) {
                let answer = try await node.get("/readyz")
                return answer.status == 503
                    && answer.body.hasPrefix("this node has not received its own canary for")
                    && answer.body.contains("Redis accepts canaries")
            }
            await link.point(to: redis.port)
            try await node.waitUntilReady(within: .seconds(60))
            try await eventually("the room is subscribed to where it was") {
                try redis.cli("PUBSUB", "NUMSUB", "webchat:0:{lobby}:live").hasSuffix("\n1")
            }
            #expect(try await node.metric(#"webchat_canary_received_total{result="ok"}"#) > 0)
            try await eventually("the canaries that it missed are counted") {
                try await node.metric(#"webchat_canary_received_total{result="gap"}"#) >= 1
            }
        }
    }
}
