import ChatClient
import ChatModel
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Faults 31 to 36: a Redis Cluster of three primaries. With `REDIS_WAIT_REPLICAS=1` a replica has everything that
    /// was acknowledged.
    struct RedisClusterFaultTests {
        @Test func aKilledPrimaryIsReplacedAndNothingIsLost() async throws {
            try await Self.judge(31, "Redis Cluster: a primary killed", replicated: true) { cluster, nodes in
                let (old, owner) = try await Self.replaced(in: cluster) { await $0.kill() }
                try await Self.waitUntilUsed(by: nodes, not: old)
                try await old.launch()
                try await Self.waitUntilReplica(old, of: owner)
            }
        }

        @Test func aPlannedFailoverLosesNothing() async throws {
            try await Self.judge(32, "Redis Cluster: planned failover", replicated: true) { cluster, nodes in
                let (old, owner) = try await Self.replaced(in: cluster) { primary in
                    let id = try primary.cli("CLUSTER", "MYID")
                    let replica = try #require(try cluster.servers.first { try $0.isReplica(of: id) })
                    try replica.cli("CLUSTER", "FAILOVER")
                }
                try await Self.waitUntilUsed(by: nodes, not: old)
                try await Self.waitUntilReplica(old, of: owner)
            }
        }

        @Test func aSlotMovesUnderLoadAndEverybodyIsWhole() async throws {
            try await Self.judge(33, "Redis Cluster: slots resharded", replicated: true) { cluster, _ in
                let key = Self.key(of: FaultRun.rooms[0].description)
                let source = try #require(try cluster.owner(of: key))
                try cluster.moveSlot(of: key, from: source)
                try cluster.reshard(FaultScale.choose(quick: 50, long: 1_000), from: source)
                try await eventually("the slots are somewhere else") {
                    try cluster.owner(of: key).map { $0.port != source.port } ?? false
                }
            }
        }

        @Test func aShardIsAddedAndTakenAway() async throws {
            try await withClusterServer { server in
                try await Self.judge(34, "Redis Cluster: a shard added and removed", replicated: false) { cluster, _ in
                    let keys = FaultRun.rooms.prefix(2).map { Self.key(of: $0.description) }
                    let homes = try keys.map { try #require(try cluster.owner(of: $0)) }
                    try await cluster.add(server)
                    for (key, home) in zip(keys, homes) { try cluster.moveSlot(of: key, from: home, to: server) }
                    try await Task.sleep(for: .seconds(1))
                    for (key, home) in zip(keys, homes) { try cluster.moveSlot(of: key, from: server, to: home) }
                    try await cluster.remove(server)
                }
            }
        }

        /// The rooms on it wait, and no other room notices.
        @Test func roomsOfOtherShardsGoOnWhileOneIsAway() async throws {
            try await Self.judge(35, "Redis Cluster: a shard without replica away", replicated: false) {
                cluster, nodes in
                let away = try #require(try cluster.owner(of: Self.key(of: FaultRun.rooms[0].description)))
                await away.kill()
                try await eventually("every node is ready and names the shard") {
                    for node in nodes {
                        let answer = try await node.get("/readyz")
                        let names = answer.body.contains("1 of 3 Redis shards are away")
                        guard answer.status == 200, names else { return false }
                    }
                    return true
                }
                let before = try await nodes.metric(Self.published)
                try await Task.sleep(for: FaultScale.choose(quick: .seconds(3), long: .seconds(30)))
                #expect(try await nodes.metric(Self.published) > before + 10, "the other rooms talk")
                try await away.launch()
                try await eventually("the shard is back", within: .seconds(60)) {
                    try await nodes.metric(#"webchat_redis_shards{state="away"}"#) == 0
                }
            }
        }

        /// Its connection stands and answers, but on a server of another cluster: the canary of that shard finds it.
        @Test func aDeafSubscriberOfOneShardIsReplaced() async throws {
            try await withRedisCluster { cluster in
                try await withClusterServer { elsewhere in
                    try elsewhere.cli("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
                    let shard = try #require(try cluster.owner(of: Self.key(of: FaultRun.rooms[0].description)))
                    let link = try await FaultProxy.start(to: shard.port)
                    defer { Task { await link.stop() } }
                    try await cluster.announce(shard, at: link.port)
                    try await withNodes(2, environment: ["REDIS_URL": cluster.url(without: shard)]) { nodes in
                        let run = FaultRun(36, "Redis Cluster: a shard's subscribers deaf", on: nodes, goal: 50_000)
                        try await run.judge(measures: false) {
                            await link.point(to: elsewhere.port)
                            try shard.cli("CLIENT", "KILL", "TYPE", "pubsub")
                            try await eventually("the nodes say so", within: .seconds(60)) {
                                for node in nodes {
                                    let answer = try await node.get("/readyz")
                                    let tells = answer.body.contains("Redis accepts canaries")
                                    guard answer.status == 200, tells else { return false }
                                }
                                return true
                            }
                            await link.point(to: shard.port)
                            var told = ""
                            try await eventually(
                                "the nodes hear themselves on every shard", within: .seconds(60), state: { told }
                            ) {
                                for node in nodes {
                                    told = try await node.get("/readyz").body
                                    if told.contains("degraded") || !told.hasPrefix("ready") { return false }
                                }
                                return true
                            }
                        }
                    }
                }
            }
        }

        private static let published = #"webchat_redis_operations_total{operation="publish",status="success"}"#

        private static func key(of room: String) -> String { "webchat:{\(room)}:log" }

        private static func judge(
            _ fault: Int, _ title: String, replicated: Bool,
            _ body: (RedisCluster, [NodeProcess]) async throws -> Void
        ) async throws {
            try await withRedisCluster(replicated: replicated) { cluster in
                let environment = ["REDIS_URL": cluster.url, "REDIS_WAIT_REPLICAS": replicated ? "1" : "0"]
                try await withNodes(2, environment: environment) { nodes in
                    let run = FaultRun(fault, title, on: nodes, goal: 50_000)
                    try await run.judge(measures: false) {
                        try await body(cluster, nodes)
                    } expecting: { verdict in
                        // Members may have seen messages that the old primary never acknowledged: they get a `reset`.
                        try #require(verdict.lostByRedis == 0, "\(verdict)")
                    }
                }
            }
        }

        /// Has the primary of the first room replaced.
        /// - Returns: it, and its successor.
        private static func replaced(
            in cluster: RedisCluster, by act: (RedisServer) async throws -> Void
        ) async throws -> (old: RedisServer, new: RedisServer) {
            let key = key(of: FaultRun.rooms[0].description)
            let old = try #require(try cluster.owner(of: key))
            try await act(old)
            var new: RedisServer?
            try await eventually("a replica is promoted", within: .seconds(60)) {
                new = try cluster.owner(of: key, notAsking: old)
                return new != nil && new !== old
            }
            return (old, try #require(new))
        }

        private static func waitUntilUsed(by nodes: [NodeProcess], not old: RedisServer) async throws {
            try await eventually("every node uses its successor", within: .seconds(60)) {
                try await nodes.metric(#"webchat_redis_shards{state="connected"}"#) == Double(3 * nodes.count)
            }
        }

        private static func waitUntilReplica(_ server: RedisServer, of primary: RedisServer) async throws {
            try await eventually("the old primary is a replica", within: .seconds(60)) {
                let role = try? server.cli("ROLE")
                return role?.hasPrefix("slave\n127.0.0.1\n\(primary.port)\nconnected") == true
            }
        }
    }
}

extension RedisServer {
    fileprivate func isReplica(of id: String) throws -> Bool {
        try cli("CLUSTER", "NODES").split(whereSeparator: \.isNewline).contains { line in
            let words = line.split(separator: " ")
            return words[2].contains("myself") && words[2].contains("slave") && words[3] == id
        }
    }
}
