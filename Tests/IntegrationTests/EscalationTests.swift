import TestSupport
import Testing

extension Integration {
    /// When a node ends by itself, and what it says last: only when it cannot serve at all.
    struct EscalationTests {
        @Test func aPortInUseEndsTheNodeWithAdvice() async throws {
            try await withNodes(1) { nodes in
                let port = nodes[0].port
                let second = try NodeProcess(name: "n2", environment: ["PORT": "\(port)"])
                try second.start()
                #expect(try await second.waitForExit() == 1)
                let last = try #require(second.lastLine)
                #expect(last.hasPrefix("webchat: giving up: node/edge/http failed: cannot listen on 127.0.0.1:\(port)"))
                #expect(last.contains("choose another HOST or PORT"))
            }
        }

        @Test func aNameInUseEndsTheOlderNode() async throws {
            try await withCluster(1) { redis, nodes in
                let rival = try NodeProcess(name: nodes[0].name, environment: ["REDIS_URL": redis.url])
                try rival.start()
                #expect(try await nodes[0].waitForExit(within: .seconds(30)) == 1)
                let last = try #require(nodes[0].lastLine)
                #expect(last.hasPrefix("webchat: giving up: node/"))
                #expect(last.hasSuffix("another process uses the node name n1: set a unique NODE_NAME"))
                #expect(rival.isRunning)
            }
        }

        @Test func aRedisOutageEndsNothing() async throws {
            let url = "redis://127.0.0.1:\(try freePort())"
            let node = try NodeProcess(name: "n1", environment: ["REDIS_URL": url])
            try node.start()
            // More often than any restart intensity allows.
            try await eventually("Redis was tried often", state: { node.log }) {
                (try? await node.metric(#"webchat_actor_restarts_total{kind="service",reason="error"}"#)) ?? 0 > 30
            }
            #expect(node.isRunning)
            #expect(try await node.get("/readyz").status == 503)
            let tree = try await node.get("/cluster").body
            #expect(tree.contains(#""lastError":"cannot connect to redis:"#))
            let warnings = node.log.split(separator: "\n").filter { $0.contains(" warning ") }
            #expect(warnings.first?.contains("no connection to Redis, reconnecting") == true, "\(warnings)")
            #expect(warnings.first?.contains("connection refused") == true, "\(warnings)")
            #expect(
                warnings.dropFirst().allSatisfy { $0.contains("still no connection to Redis") },
                "once a minute: \(warnings)")
            #expect(node.lastLine?.hasPrefix("webchat:") == false)
        }
    }
}

extension NodeProcess {
    fileprivate var lastLine: String? { log.split(separator: "\n").last.map(String.init) }
}
