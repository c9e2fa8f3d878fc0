import Operations
import Supervision
import Synchronization
import TestSupport
import Testing

@testable import RedisClient

/// A service's connections to a real Redis Cluster.
@Suite(.timeLimit(.minutes(3))) struct RedisClusterTests {
    private static func run<Value: Sendable>(
        _ cluster: RedisCluster, url: String? = nil, _ body: (RedisService) async throws -> Value
    ) async throws -> Value {
        let redis = RedisFixture(server: cluster.primaries[0])
        let configuration = RedisConfiguration(
            url: try RedisURL(url ?? cluster.url), reconnect: Backoff(base: .milliseconds(20), cap: .milliseconds(200)))
        let service = RedisService(
            configuration, subscribers: 1, on: redis.loops, metrics: redis.metrics, logger: redis.quiet)
        let supervisor = Supervisor("redis", children: service.children, logger: redis.quiet)
        return try await redis.whileRunning(supervisor) {
            try await eventually("connected to every shard") { service.isWhole(cluster.primaries.count) }
            return try await body(service)
        }
    }

    private static func set(_ key: String, _ service: RedisService) async -> Bool {
        (try? await service.shards.shard(of: key).publish.send(RedisCommand(.read, "SET", key, "1"))) != nil
    }

    @Test func everyKeyIsWrittenWhereItsSlotIs() async throws {
        try await withRedisCluster { cluster in
            // One node is enough to find all.
            try await Self.run(cluster, url: "redis-cluster://127.0.0.1:\(cluster.primaries[2].port)") { service in
                #expect(service.shards.all.map(\.name) == cluster.primaries.map { "127.0.0.1:\($0.port)" })
                for number in 0..<100 {
                    #expect(await Self.set("key-\(number)", service))
                }
                let counts = try cluster.primaries.map { Int(try $0.cli("DBSIZE")) ?? 0 }
                #expect(counts.reduce(0, +) == 100 && counts.allSatisfy { $0 > 10 })
            }
        }
    }

    @Test func aPromotedReplicaIsFollowed() async throws {
        try await withRedisCluster(replicated: true) { cluster in
            try await Self.run(cluster) { service in
                let old = service.shards.shard(of: "a").name
                let primary = try #require(try cluster.owner(of: "a"))
                await primary.kill()
                try await eventually("the replica's shard takes the key") { await Self.set("a", service) }
                #expect(service.shards.shard(of: "a").name != old && service.shards.all.count == 3)
                #expect(service.failovers.last?.primary.description == service.shards.shard(of: "a").name)
            }
        }
    }

    /// It keeps its connections open and answers nothing.
    @Test func aFrozenPrimaryIsGivenUpWhenItsReplicaIsPromoted() async throws {
        try await withRedisCluster(replicated: true) { cluster in
            try await Self.run(cluster) { service in
                let primary = try #require(try cluster.owner(of: "a"))
                primary.pause()
                defer { primary.resume() }
                try await eventually("the replica's shard takes the key") { await Self.set("a", service) }
            }
        }
    }

    @Test func aSubscriptionMovesWithItsSlot() async throws {
        try await withRedisCluster(primaries: 2) { cluster in
            try await Self.run(cluster) { service in
                let shards = service.shards
                let subscriber = shards.shard(of: "{a}").subscribers[0]
                let listener = Listener(subscriber)
                subscriber.subscribe(to: "{a}")
                #expect(await eventually { listener.confirmed.all == ["{a}"] })
                let source = try #require(try cluster.owner(of: "{a}"))
                try cluster.moveSlot(of: "{a}", from: source)
                #expect(await eventually { shards.shard(of: "{a}").subscribers[0] !== subscriber }, "the map is read")
                // What the relay does.
                let next = shards.shard(of: "{a}").subscribers[0]
                let after = Listener(next)
                subscriber.unsubscribe(from: "{a}")
                next.subscribe(to: "{a}", again: true)
                #expect(await eventually { after.resubscribed.all == ["{a}"] })
                try cluster.owner(of: "{a}")?.cli("SPUBLISH", "{a}", "moved")
                #expect(await eventually { after.heard(on: "{a}") == ["moved"] })
            }
        }
    }

    /// What `redis-cli --cluster del-node` leaves: servers that answer, and know only themselves.
    @Test func serversThatWereTakenOutDoNotHideTheCluster() async throws {
        try await withRedisCluster(primaries: 1) { cluster in
            try await withClusterServer { first in
                try await withClusterServer { second in
                    try await withClusterServer { third in
                        let ports = [first, second, third, cluster.primaries[0]].map { "127.0.0.1:\($0.port)" }
                        let url = "redis-cluster://\(ports.joined(separator: ","))"
                        try await Self.run(cluster, url: url) { service in
                            #expect(service.shards.all.map(\.name) == [ports[3]])
                        }
                    }
                }
            }
        }
    }

    @Test func theServersOfAnotherClusterAreNotUsed() async throws {
        try await withRedisCluster(primaries: 1) { cluster in
            try await withRedisCluster(primaries: 2) { other in
                let ports = (cluster.primaries + other.primaries).map { "127.0.0.1:\($0.port)" }
                let url = "redis-cluster://\(ports.joined(separator: ","))"
                try await Self.run(cluster, url: url) { service in
                    #expect(service.shards.all.map(\.name) == [ports[0]])
                }
            }
        }
    }

    @Test(arguments: ["redis://", "redis-sentinel://"]) func anotherKindOfURLNamesTheRightForm(scheme: String)
        async throws
    {
        try await withRedisCluster(primaries: 1) { cluster in
            let name = scheme.contains("sentinel") ? "/chat" : ""
            let redis = RedisFixture(server: cluster.primaries[0])
            let url = try RedisURL("\(scheme)127.0.0.1:\(cluster.primaries[0].port)\(name)")
            let service = RedisService(
                RedisConfiguration(url: url), subscribers: 1, on: redis.loops, metrics: redis.metrics,
                logger: redis.quiet)
            let supervisor = Supervisor("redis", children: service.children, logger: redis.quiet)
            let error = await #expect(throws: SupervisionError.self) { try await supervisor.run() }
            let reason = "\(error.map { "\($0)" } ?? "")"
            #expect(
                reason.contains(scheme.contains("sentinel") ? "it is no Sentinel" : "write redis-cluster://"),
                "\(reason)")
        }
    }

    @Test func aSingleServerIsNoCluster() async throws {
        try await RedisFixture.with { redis, server in
            let url = try RedisURL(server.url.replacing("redis://", with: "redis-cluster://"))
            let service = RedisService(
                RedisConfiguration(url: url), subscribers: 1, on: redis.loops, metrics: redis.metrics,
                logger: redis.quiet)
            let supervisor = Supervisor("redis", children: service.children, logger: redis.quiet)
            let error = await #expect(throws: SupervisionError.self) { try await supervisor.run() }
            #expect("\(error.map { "\($0)" } ?? "")".contains("write redis:// in REDIS_URL"))
        }
    }
}

extension RedisService {
    fileprivate func isWhole(_ count: Int) -> Bool {
        shards.all.count == count && shards.all.allSatisfy { $0.health.unreadyReason == nil }
    }
}
