import TestSupport
import Testing

extension Integration {
    /// A cluster in which everything is reached by IPv6 alone: Redis, gossip, and each node.
    struct IPv6Tests {
        @Test(arguments: ["::1", "[::1]"])
        func twoNodesFindEachOtherAndAnswerQueries(host: String) async throws {
            try await withRedisServer(arguments: ["--bind", "127.0.0.1", "::1"]) { redis in
                let nodes = try (1...2).map {
                    try NodeProcess(
                        name: "n\($0)", host: "::1",
                        environment: ["HOST": host, "ADVERTISE_HOST": host, "REDIS_URL": "redis://[::1]:\(redis.port)"])
                }
                try await withNodes(nodes) { nodes in
                    let url = "http://[::1]:\(nodes[0].port)"
                    var seen = ""
                    try await eventually("both answer and agree", within: .seconds(60), state: { seen }) {
                        let result = try await CommandRun(["cluster", "--url", url]).wait()
                        seen = result.output + result.errors
                        return result.status == 0 && result.output.contains("2 nodes agree: view ")
                    }
                    #expect(seen.contains(" [::1]:\(nodes[1].port)\n"))
                    let card = try redis.cli("GET", "webchat:node:n1")
                    #expect(card.contains(#""http":"[::1]:\#(nodes[0].port)""#), "\(card)")
                    #expect(card.contains(#""gossip":"[::1]:"#), "\(card)")
                    #expect(nodes[0].log.contains("http://[::1]:\(nodes[0].port)/"))
                    let health = try await CommandRun(["health", "--url", url]).wait()
                    #expect(health.status == 0 && health.output.hasPrefix("ready"))
                    let arguments = ["verify", "--seconds", "3", "--clients", "4", "--url", url]
                    let verified = try await CommandRun(arguments).wait()
                    #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
                }
            }
        }
    }
}
