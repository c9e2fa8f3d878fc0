import ChatModel
import CoreMetrics
import Logging
import NIOPosix
import RedisClient
import ServiceLifecycle
import Supervision
import TestSupport
import Testing

@testable import Cluster

/// Canaries through a real Redis, a few each second.
@Suite(.timeLimit(.minutes(2))) struct CanaryServiceTests {
    @Test func twoNodesReceiveEachOthersCanariesAndTheirOwn() async throws {
        try await withRedisServer { server in
            try await CanaryNode.with(server.port, "n1", of: ["n1", "n2"]) { first in
                try await CanaryNode.with(server.port, "n2", of: ["n1", "n2"]) { second in
                    for node in [first, second] {
                        #expect(
                            await eventually {
                                Set(node.canary.receipts.map(\.from)) == ["n1", "n2"]
                                    && node.canary.unreadyReason == nil
                            })
                        #expect(node.canary.receipts.first?.from == node.name)
                        #expect(node.canary.receipts.allSatisfy { $0.last <= $0.p99 })
                    }
                    #expect(first.receiver.messages(of: .canary).isEmpty, "no room hears them")
                }
            }
            #expect(try server.cli("EXISTS", "webchat:rooms") == "0", "they are no room's activity")
            #expect(Int(try server.cli("TTL", "webchat:{_canary}:log")) ?? 0 > 0)
        }
    }

    /// The connection stands and answers, but on another server than the one that is published to.
    @Test func aDeafSubscriberIsFoundAndReconnected() async throws {
        try await withRedisServer { server in
            try await withRedisServer { elsewhere in
                let proxy = try await FaultProxy.start(to: server.port)
                defer { Task { await proxy.stop() } }
                try await CanaryNode.with(proxy.port, "n1", of: ["n1"]) { node in
                    #expect(await eventually { node.canary.unreadyReason == nil })
                    await proxy.point(to: elsewhere.port)
                    try server.cli("CLIENT", "KILL", "TYPE", "pubsub")
                    #expect(await eventually { node.canary.unreadyReason?.contains("Redis accepts canaries") == true })
                    let stand = await eventually { node.redis.shards.all[0].health.unreadyReason == nil }
                    #expect(stand, "all connections are there again, and still nothing is heard")
                    await proxy.point(to: server.port)
                    #expect(await eventually { node.canary.unreadyReason == nil })
                    try await eventually("both subscribers are back") {
                        try server.cli("PUBSUB", "NUMSUB", "webchat:0:{_canary}:live").hasSuffix("\n2")
                    }
                }
            }
        }
    }

    @Test func aStalledRedisIsTheReasonForNotBeingReady() async throws {
        try await withRedisServer { server in
            try await CanaryNode.with(server.port, "n1", of: ["n1"]) { node in
                #expect(await eventually { node.canary.unreadyReason == nil })
                server.pause()
                #expect(
                    await eventually {
                        node.canary.unreadyReason?.hasSuffix("cannot publish: Redis did not answer in time")
                            == true
                    })
                server.resume()
                #expect(await eventually { node.canary.unreadyReason == nil })
            }
        }
    }
}

/// What a node has of Redis, with two subscribers, kept running by a supervisor.
private struct CanaryNode {
    let name: String
    let redis: RedisService
    let canary: CanaryService
    let receiver = RecordingReceiver()

    /// - Parameter cluster: the names of all living nodes.
    static func with(
        _ port: Int, _ name: String, of cluster: [String], _ body: (CanaryNode) async throws -> Void
    ) async throws {
        let metrics = ClusterMetrics(factory: NOOPMetricsHandler.instance)
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let redis = RedisService(
            RedisConfiguration(url: try RedisURL("redis://127.0.0.1:\(port)")), subscribers: 2,
            setup: RoomScripts.setup(), on: MultiThreadedEventLoopGroup.singleton, metrics: metrics.redis, logger: quiet
        )
        var pace = CanaryPace()
        pace.least = .milliseconds(200)
        pace.perNode = .zero
        pace.grace = .milliseconds(200)
        pace.tick = .milliseconds(50)
        let configuration = ClusterConfiguration()
        let keys = RoomKeys(prefix: configuration.keyPrefix, database: 0)
        let identity = NodeIdentity(name: name, generation: 1)
        let canaries = ShardCanaries(
            node: identity, keys: keys, configuration: configuration, pace: pace, metrics: metrics, logger: quiet)
        canaries.follow(redis.shards, among: FixedMembership(own: name, names: cluster))
        let canary = canaries.canary(of: redis.shards.all[0])
        let relay = RedisRelay(
            shards: redis.shards,
            index: RedisRoomIndex(shards: redis.shards, keys: keys, limits: configuration.rooms),
            userRooms: RedisUserRooms(shards: redis.shards, keys: keys, limits: configuration.rooms),
            erasures: RedisErasures(shards: redis.shards, keys: keys, node: name, metrics: metrics, logger: quiet),
            keys: keys,
            configuration: configuration, node: name, canaries: canaries, metrics: metrics, logger: quiet)
        let node = CanaryNode(name: name, redis: redis, canary: canary)
        relay.attach(node.receiver)
        let policy = RestartPolicy(forever: Backoff(base: .milliseconds(20), cap: .milliseconds(100)))
        let supervisor = Supervisor(
            name, children: redis.children + [SupervisedChild("canary", policy: policy, service: canary)],
            logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await ServiceGroup(services: [supervisor], logger: quiet).run() }
            defer { group.cancelAll() }
            try await body(node)
        }
        withExtendedLifetime(relay) {}
    }
}

private struct FixedMembership: MembershipView {
    let own: NodeIncarnation
    let members: [ClusterMember]

    init(own: String, names: [String]) {
        self.own = NodeIncarnation(name: own, generation: 7)
        members = names.map {
            ClusterMember(
                node: NodeIncarnation(name: $0, generation: 7), state: .alive, address: "", version: "", startedAt: 0)
        }
    }

    func isPresent(_ node: NodeIncarnation) -> Bool { true }
}
