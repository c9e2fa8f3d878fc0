import ChatClient
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Faults 26 to 28 and 30: Sentinels promote the only replica. With `REDIS_WAIT_REPLICAS=1` it has everything that was
    /// acknowledged; until there is a replica again, messages wait.
    struct RedisSentinelFaultTests {
        @Test func aKilledPrimaryIsReplacedAndNothingIsLost() async throws {
            try await Self.judge(26, "primary killed, Sentinels promote a replica") { _, primary in
                await primary.kill()
            } afterwards: { primary in
                try await primary.launch()
            }
        }

        @Test func aFrozenPrimaryIsReplacedAndDemotedLater() async throws {
            try await Self.judge(27, "primary frozen, replaced, and back as a replica") { _, primary in
                primary.pause()
            } afterwards: { primary in
                primary.resume()
            }
        }

        @Test func aPlannedFailoverLosesNothing() async throws {
            try await Self.judge(28, "planned failover by Sentinel") { sentinel, _ in
                try sentinel.failOver()
            } afterwards: { _ in
            }
        }

        /// The one that is left still knows where the primary is, but could not promote another.
        @Test func oneSentinelOfThreeIsEnoughToFindThePrimary() async throws {
            try await withSentinels { sentinels, servers in
                let environment = ["REDIS_URL": sentinels.url, "REDIS_WAIT_REPLICAS": "1"]
                try await withNodes(2, environment: environment) { nodes in
                    for sentinel in sentinels.prefix(2) { await sentinel.kill() }
                    let run = FaultRun(30, "two of three Sentinels away, connections cut", on: nodes, goal: 50_000)
                    try await run.judge(measures: false) {
                        try servers[0].cli("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
                        try servers[0].cli("CLIENT", "KILL", "TYPE", "pubsub")
                        try await eventually("every node is connected", within: .seconds(60)) {
                            try await nodes.metric("webchat_relay_connected") == Double(nodes.count)
                        }
                    }
                    for node in nodes {
                        let view = try await node.get("/cluster").body
                        #expect(view.contains("\"sentinel\":\"127.0.0.1:\(sentinels[2].port)\""), "\(view)")
                    }
                }
            }
        }

        /// - `break`: makes the Sentinels promote another server.
        /// - `afterwards`: brings back the old primary.
        private static func judge(
            _ fault: Int, _ title: String,
            break: (SentinelServer, RedisServer) async throws -> Void,
            afterwards: (RedisServer) async throws -> Void
        ) async throws {
            try await withSentinels { sentinels, servers in
                let environment = ["REDIS_URL": sentinels.url, "REDIS_WAIT_REPLICAS": "1"]
                try await withNodes(2, environment: environment) { nodes in
                    let run = FaultRun(fault, title, on: nodes, goal: 50_000)
                    try await run.judge(measures: false) {
                        let old = sentinels[0].primaryPort
                        let primary = try #require(servers.first { $0.port == old })
                        try await `break`(sentinels[0], primary)
                        try await eventually(
                            "all Sentinels agree on another primary", within: .seconds(90), state: { sentinels[0].log }
                        ) {
                            sentinels.allSatisfy { $0.primaryPort != nil && $0.primaryPort != old }
                        }
                        try await eventually("every node uses it", within: .seconds(90)) {
                            for node in nodes where try await node.metric("webchat_relay_connected") != 1 {
                                return false
                            }
                            return true
                        }
                        try await afterwards(primary)
                        try await eventually(
                            "the old primary is a replica", within: .seconds(90), state: { sentinels[0].log }
                        ) {
                            let role = try? primary.cli("ROLE")
                            return role?.hasPrefix("slave") == true && role?.contains("connected") == true
                        }
                    } expecting: { verdict in
                        // Members may have seen messages that the old primary never acknowledged: they get a `reset`.
                        try #require(verdict.lostByRedis == 0, "\(verdict)")
                    }
                }
            }
        }
    }
}
