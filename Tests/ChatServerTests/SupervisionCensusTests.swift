import Foundation
import TestSupport
import Testing

@testable import ChatServer

/// Nothing runs outside of the supervision tree: what the code has, a running node shows. (`scripts/rules.py` sees to
/// what has no type of its own: tasks, streams and timers.)
@Suite struct SupervisionCensusTests {
    /// Every type with a `run()`, and where it stands in the tree of a node that has everything.
    private static let places: [String: Set<String>] = [
        // Of a node with a Redis Cluster, which runs the Redis connections and a canary for each shard.
        "DynamicSupervisor": [],
        "RedisClusterMap": [],
        "CanaryService": ["node/canary"],
        "EdgeDrain": ["node/edge/drain"],
        "EdgeService": ["node/edge"],
        // Of a node on its own.
        "EmbeddedMembership": [],
        "EventLoopLagProbe": ["node/lag-probe"],
        "FileBucket": ["node/file-bucket"],
        "FileSweeper": ["node/file-sweep"],
        "GossipIntroductions": ["node/gossip-introductions"],
        "GossipService": ["node/gossip"],
        "HTTPListener": ["node/edge/http", "node/edge/admin-http"],
        "KeySetService": ["node/key-set"],
        "MemoryGuard": ["node/memory-guard"],
        "NodeDiscovery": ["node/discovery"],
        "PushService": ["node/push"],
        "RedisErasures": ["node/erasures"],
        "RedisMemoryCheck": ["node/redis-memory"],
        "RedisLink": ["node/redis-publish", "node/redis-read"],
        "RedisSentinelWatch": ["node/redis-sentinel"],
        "RedisPresenceStore": ["node/presence"],
        "RedisSubscriber": ["node/redis-subscribe-0", "node/redis-subscribe-1"],
        "RelayWatch": ["node/relay-watch"],
        "Supervisor": ["node"],
    ]
    /// Part of how the tree is held, and no part of it: a child's shell, and the signal that ends the whole.
    private static let holders: Set = ["ChildService", "FirstSignal"]

    @Test func everyServiceInTheCodeIsSupervised() throws {
        let sources = NodeProcess.repository.appending(path: "Sources")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        let declaration = #/\b(?:struct|class|actor|enum|extension)\s+(\w+)[^{:]*:[^{]*\bService\b[^{]*\{/#
        var found: Set<String> = []
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: declaration) { found.insert(String(match.1)) }
        }
        let known = Set(Self.places.keys).union(Self.holders)
        #expect(found == known, "say here where it runs")
    }

    @Test func aRunningNodeHasAllServicesAndNoOthers() async throws {
        let adminPort = try freePort()
        try await withSentinels(1, replicas: 0) { sentinels, _ in
            let environment = [
                "REDIS_URL": sentinels.url, "REDIS_SUBSCRIBERS": "2", "ADMIN_PORT": "\(adminPort)",
                "MAX_MEMORY_MB": "4096", "WORKERS": "3",
                "FILES_S3_URL": "http://127.0.0.1:1/bucket", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
                "AUTH": "both", "JWT_JWKS_FILE": "/nonexistent", "JWT_ISSUER": "i",
                "JWT_AUDIENCE": "a", "PUSH_CONTACT": "mailto:operator@chat.example",
            ]
            try await withNodes(1, environment: environment) { _ in
                let view = try await NodeRequest.cluster(View.self, of: "http://127.0.0.1:\(adminPort)").supervision
                let node = try #require(view.tree.first { $0.name == "node" })
                #expect(Self.paths(of: node) == Self.places.values.reduce(into: Set()) { $0.formUnion($1) })
                let rooms = try #require(view.tree.first { $0.name == "rooms" })
                #expect(Self.paths(of: rooms) == ["rooms", "rooms/loop-0", "rooms/loop-1", "rooms/loop-2"])
                #expect(view.tree.count == 2)
            }
        }
    }

    @Test func theShardsOfARedisClusterHaveTheirOwnSupervisors() async throws {
        try await withRedisCluster(primaries: 2) { cluster in
            try await withNodes(1, environment: ["REDIS_URL": cluster.url]) { nodes in
                let view = try await NodeRequest.cluster(View.self, of: "http://127.0.0.1:\(nodes[0].port)").supervision
                let node = try #require(view.tree.first { $0.name == "node" })
                var expected: Set = ["node/redis-map", "node/redis-shards"]
                for server in cluster.primaries {
                    let shard = "node/redis-shards/redis-127.0.0.1:\(server.port)"
                    expected.insert(shard)
                    for child in ["redis-publish", "redis-read", "redis-subscribe-0", "redis-memory", "canary"] {
                        expected.insert("\(shard)/\(child)")
                    }
                }
                #expect(Self.paths(of: node).filter { $0.contains("/redis-") } == expected)
            }
        }
    }

    private struct View: Decodable {
        let supervision: SupervisionView
    }

    private static func paths(of entry: SupervisionView.Entry, below parent: String = "") -> Set<String> {
        let path = parent + entry.name
        return entry.children.reduce(into: [path]) { $0.formUnion(paths(of: $1, below: path + "/")) }
    }
}
