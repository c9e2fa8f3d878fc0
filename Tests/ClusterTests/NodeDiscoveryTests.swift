import ChatModel
import CoreMetrics
import InMemoryLogging
import Logging
import RedisClient
import ServiceLifecycle
import TestSupport
import Testing

@testable import Cluster

@Suite(.timeLimit(.minutes(1))) struct NodeDiscoveryTests {
    /// What a node knows of the others when nobody gossips.
    private struct Resident: Service {
        let discovery: NodeDiscovery
        let membership: ClusterMembership

        var own: NodeIncarnation { membership.own }
        var members: [ClusterMember] { membership.members }
        func isPresent(_ node: NodeIncarnation) -> Bool { membership.isPresent(node) }
        func run() async throws { try await discovery.run() }
    }

    private func node(
        _ name: String, _ redis: RedisFixture, link: RedisLink, generation: UInt64 = 1_000, logger: Logger? = nil
    ) -> Resident {
        let identity = NodeIdentity(name: name, generation: generation)
        let discovery = NodeDiscovery(
            identity: identity,
            card: NodeCard(generation: generation, http: "\(name):80", gossip: nil, version: "1.2", startedAt: 5),
            configuration: NodeDiscoveryConfiguration(
                keyPrefix: "test", lease: .milliseconds(600), interval: .milliseconds(200), grace: .seconds(1)),
            shards: redis.shards(over: link), logger: logger ?? redis.quiet)
        return Resident(
            discovery: discovery,
            membership: ClusterMembership(
                identity: identity, gossip: GossipView(), cards: discovery,
                metrics: GossipMetrics(factory: NOOPMetricsHandler.instance)))
    }

    private func state(of name: String, for viewer: Resident) -> ClusterMember.State? {
        viewer.members.first { $0.node.name == name }?.state
    }

    @Test func twoNodesSeeEachOther() async throws {
        try await RedisFixture.connected { redis, _, link in
            let (a, b) = (node("a", redis, link: link), node("b", redis, link: link))
            #expect(a.isPresent(a.own))
            #expect(!a.isPresent(b.own))
            try await redis.whileRunning(a, b) {
                #expect(await eventually { state(of: "b", for: a) == .alive && state(of: "a", for: b) == .alive })
                #expect(a.isPresent(b.own) && b.isPresent(a.own))
                let other = try #require(a.members.first { $0.node.name == "b" })
                #expect(other.address == "b:80")
                #expect(other.version == "1.2")
                #expect(other.startedAt == 5)
                #expect(a.members.first?.node == a.own, "oneself first, and once")
                #expect(a.members.count == 2)
            }
        }
    }

    @Test func anOrderlyShutdownIsALeaveAndCleansUp() async throws {
        try await RedisFixture.connected { redis, server, link in
            let (a, b) = (node("a", redis, link: link), node("b", redis, link: link))
            try await redis.whileRunning(a) {
                try await redis.whileRunning(b) {
                    #expect(await eventually { state(of: "b", for: a) == .alive })
                }
                #expect(try server.cli("EXISTS", "test:node:b") == "0")
                #expect(await eventually { state(of: "b", for: a) == .left })
            }
            #expect(try server.cli("KEYS", "*").isEmpty)
        }
    }

    @Test func aNodeWithoutRedisIsDeadAfterItsLeaseAndAliveOnceReconnected() async throws {
        try await RedisFixture.connected { redis, server, link in
            let a = node("a", redis, link: link)
            try await redis.whileRunning(a) {
                let own = try await redis.withLink { crashing in
                    let b = node("b", redis, link: crashing)
                    return try await redis.whileRunning(b) {
                        #expect(await eventually { state(of: "b", for: a) == .alive })
                        return b.own
                    }
                }
                // As after a crash: the card has run out, the line in the index still stands.
                try server.cli("ZADD", "test:nodes", "9999999999999", "b")
                #expect(await eventually { state(of: "b", for: a) == .dead })
                #expect(await eventually { !a.isPresent(own) })

                try await redis.withLink { back in
                    let b = node("b", redis, link: back, generation: 2_000)
                    try await redis.whileRunning(b) {
                        #expect(await eventually { a.isPresent(b.own) })
                        #expect(b.own.generation > own.generation)
                    }
                }
            }
        }
    }

    @Test func aRestartTakesAHigherGenerationEvenIfTheClockWentBack() async throws {
        try await RedisFixture.with { redis, server in
            try server.cli("SET", "test:node:a", #"{"generation":5000,"http":"a:80","startedAt":1,"version":"1"}"#)
            try await redis.withLink { link in
                let a = node("a", redis, link: link, generation: 1_000)
                try await redis.whileRunning(a) {
                    #expect(await eventually { a.own.generation == 5_001 })
                }
            }
        }
    }

    @Test func twoProcessesWithOneNameAreDetected() async throws {
        try await RedisFixture.connected { redis, server, link in
            let older = node("a", redis, link: link, generation: 1_000)
            let newer = node("a", redis, link: link, generation: 2_000)
            let fate = Task { try await older.run() }
            #expect(await eventually { (try? server.cli("EXISTS", "test:node:a")) == "1" })
            try await redis.whileRunning(newer) {
                let error = await #expect(throws: NodeNameTaken.self) { try await fate.value }
                #expect(error?.description.contains("NODE_NAME") == true)
            }
        }
    }

    @Test func anIndexFullOfNonsenseIsStillRead() async throws {
        try await RedisFixture.with { redis, server in
            try server.cli("ZADD", "test:nodes", "inf", "a b", "99999999999999999", "n1", "99999999999999999", "n2")
            try server.cli("SET", "test:node:n1", "{")
            try await redis.withLink { link in
                let (a, b) = (node("a", redis, link: link), node("b", redis, link: link))
                try await redis.whileRunning(a, b) {
                    #expect(await eventually { state(of: "b", for: a) == .alive })
                    #expect(a.members.count == 2)
                }
            }
        }
    }

    @Test func aKeyOfTheWrongTypeIsSkippedAndReportedOnce() async throws {
        try await RedisFixture.with { redis, server in
            try server.cli("ZADD", "test:nodes", "9999999999999", "n1")
            for name in ["n1", "a", "b"] { try server.cli("RPUSH", "test:node:\(name)", "x") }
            let log = InMemoryLogHandler()
            try await redis.withLink { link in
                let a = node("a", redis, link: link, logger: Logger(label: "test") { _ in log })
                try await redis.whileRunning(a) {
                    try await redis.whileRunning(node("b", redis, link: link)) {
                        #expect(await eventually { state(of: "b", for: a) == .alive }, "its own key is overwritten")
                    }
                    #expect(await eventually { state(of: "b", for: a) == .left }, "it reads on")
                }
            }
            let warnings = log.entries.filter { $0.level == .warning }
            #expect(warnings.map(\.metadata) == [["keys": "test:node:n1"]], "\(warnings)")
        }
    }
}
