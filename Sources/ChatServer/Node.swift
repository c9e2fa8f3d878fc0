import Actors
import ChatModel
import Cluster
import CoreMetrics
import Gossip
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Supervision
import UnixSignals
import WebEdge

/// One node: makes every part and ties them together. The one file that names every concrete type, and the only place
/// where WebEdge and Cluster meet.
///
/// ```
///   Supervisor "node" ─┬─ Redis connections, discovery, presence, gossip, probe and guard
///                      └─ EdgeService    ends first: sockets, then HTTP, then what they stood on
///   RoomDirectory ─ RoomShard, one an event loop ─ Room ─ Connection
/// ```
struct Node: Sendable {
    static let version = "0.1.0"

    private let configuration: NodeConfiguration
    private let logger: Logger
    private let faults: (any FaultInjector)?
    private let onServing: @Sendable (_ port: Int, RoomDirectory) -> Void

    /// - Parameters:
    ///   - faults: makes actors throw, for tests; otherwise `/dev/faults` does so under `WEBCHAT_DEV`, or nobody.
    ///   - onServing: hears the port on which clients are served.
    init(
        configuration: NodeConfiguration, logger: Logger, faults: (any FaultInjector)? = nil,
        onServing: @escaping @Sendable (_ port: Int, RoomDirectory) -> Void = { _, _ in }
    ) {
        self.configuration = configuration
        var logger = logger
        logger[metadataKey: LogKey.nodeID] = "\(configuration.nodeName)"
        self.logger = logger
        self.faults = faults
        self.onServing = onServing
    }

    /// Runs until the first of `signals`, or until a part that the node cannot do without has failed for good.
    /// - `signals`: `nil` for a node that only its task's cancellation ends.
    func run(until signals: UnixSignalsSequence? = nil) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.workers)
        do {
            try await run(on: group, until: signals)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try await group.shutdownGracefully()
    }

    private func run(on group: MultiThreadedEventLoopGroup, until signals: UnixSignalsSequence?) async throws {
        let factory = PrometheusFactory(
            EdgeMetrics.descriptions, ActorsMetrics.descriptions, ClusterMetrics.descriptions,
            GossipMetrics.descriptions, version: Self.version)
        let edgeMetrics = EdgeMetrics(factory: factory)
        let actorsMetrics = ActorsMetrics(factory: factory)
        let tokens = try SealedGuestTokens(configuration)
        let ordered = configuration.isDevelopment ? PlannedFaults() : nil
        if ordered != nil { logger.warning("WEBCHAT_DEV is on: programs on this machine can make this node fail") }
        let faults = faults ?? ordered
        let backbone = makeBackbone(on: group, factory: factory, faults: faults)

        let eventLoops = Array(group.makeIterator())
        let rooms = RoomDirectory(
            eventLoops: eventLoops,
            services: RoomServices(
                relay: backbone.relay, log: backbone.log, search: backbone.search, presence: backbone.presence,
                membership: backbone.membership, limits: configuration.actors, metrics: actorsMetrics,
                logger: logger, faults: faults))
        backbone.attach(rooms)

        let supervision = SupervisionTree()
        supervision.add(rooms)
        let registry = SocketRegistry(eventLoops: eventLoops)
        let users = UserTable(rate: configuration.socket.rate, metrics: edgeMetrics)
        let sockets = SocketServices(
            nodeName: configuration.nodeName, configuration: configuration.socket, rooms: rooms, tokens: tokens,
            users: users, registry: registry, metrics: edgeMetrics, logger: logger)
        let memory = configuration.maximumMemoryMB.map {
            MemoryGuard(limit: $0 * 1_048_576, metrics: edgeMetrics, logger: logger)
        }
        let edge = try EdgeService(
            configuration: configuration.edge,
            sources: EdgeSources(
                log: backbone.log, rooms: backbone.index, membership: backbone.membership,
                readiness: backbone.readiness, relay: backbone.status, supervision: supervision,
                faults: ordered, metrics: factory),
            metrics: edgeMetrics, memory: memory, group: group,
            makeHandler: { SocketHandler($0, services: sockets) },
            closeSockets: registry.drain(atMost:patience:),
            onBound: { port in
                announce(port)
                onServing(port, rooms)
            }, logger: logger)

        let probe = EventLoopLagProbe(group: group, metrics: edgeMetrics)
        let load = LoadSampler(
            users: users, rooms: rooms, lag: probe,
            isRelayConnected: { [status = backbone.status] in status().connected })
        let guards = memory.map { [SupervisedChild("memory-guard", policy: patient, service: $0)] } ?? []
        let supervisor = Supervisor(
            "node",
            children: backbone.children(load.sample) + guards + [
                SupervisedChild("lag-probe", policy: patient, service: probe),
                SupervisedChild(EdgeService.name, policy: .never, service: edge),
            ],
            tree: supervision, logger: logger,
            observe: { event in
                if case .failed(_, let decision) = event.kind { actorsMetrics.serviceFailed(decision) }
            })
        var services = ServiceGroupConfiguration(services: [supervisor], logger: logger)
        if let signals {
            services.services.append(
                .init(service: FirstSignal(signals: signals), successTerminationBehavior: .gracefullyShutdownGroup))
        }
        // The edge ends a moment before; whoever then does not is not waited for.
        services.maximumGracefulShutdownDuration = max(
            configuration.edge.drainLimit, EdgeService.leastTimeToEnd + .milliseconds(500))
        try await ServiceGroup(configuration: services).run()
        logger.info("node ended")
    }

    private func announce(_ port: Int) {
        let scheme = configuration.edge.tls == nil ? "http" : "https"
        logger.info(
            "node serves", metadata: [LogKey.endpoint: "\(scheme)://\(configuration.advertiseHost):\(port)/"])
    }

    /// For small services that should not fail at all: again, and again, but not in a tight loop.
    private var patient: RestartPolicy { RestartPolicy(forever: configuration.serviceBackoff) }

    private var card: NodeCard {
        let now = WallClock.milliseconds()
        return NodeCard(
            generation: UInt64(max(0, now)),
            http: "\(configuration.advertiseHost):\(configuration.edge.operationsPort)",
            gossip: nil, version: Self.version, startedAt: now)
    }
}

/// Ends when the first signal comes, one that came before it ran included; and with it the node.
private struct FirstSignal: Service {
    let signals: UnixSignalsSequence

    func run() async {
        await cancelWhenGracefulShutdown {
            for await _ in signals { return }
        }
    }
}

// MARK: - With Redis, or alone

extension Node {
    /// What rooms stand on, whichever it is.
    private struct Backbone {
        let relay: any Relay
        let log: any RoomLog
        let search: any RoomSearch
        let presence: any PresenceStore
        let index: any RoomIndex
        let membership: any MembershipView
        let readiness: [any ReadinessCheck]
        /// - `load`: how busy the node is, to be told to the others.
        let children: (_ load: @escaping @Sendable () -> NodeLoad) -> [SupervisedChild]
        let attach: (RoomDirectory) -> Void
        let status: @Sendable () -> EdgeSources.RelayStatus
    }

    private func makeBackbone(
        on group: any EventLoopGroup, factory: PrometheusFactory, faults: (any FaultInjector)?
    ) -> Backbone {
        let metrics = ClusterMetrics(factory: factory)
        let gossipMetrics = GossipMetrics(factory: factory)
        if let url = configuration.redis, let secret = configuration.secret {
            return redisBackbone(
                url, secret: secret, on: group, metrics: metrics, gossipMetrics: gossipMetrics, faults: faults)
        }
        logger.notice("no REDIS_URL: this node stands alone and keeps its rooms in memory")
        return embeddedBackbone(metrics: metrics, gossipMetrics: gossipMetrics)
    }

    private func embeddedBackbone(metrics: ClusterMetrics, gossipMetrics: GossipMetrics) -> Backbone {
        let store = InMemoryStore(configuration: configuration.cluster)
        let membership = EmbeddedMembership(name: configuration.nodeName, card: card)
        let relay = InMemoryRelay(store: store, node: configuration.nodeName)
        let log = InMemoryRoomLog(store: store)
        metrics.relayConnected.record(1)
        gossipMetrics.show(membership.members)
        return Backbone(
            relay: relay, log: log, search: RoomLogSearch(log: log, metrics: metrics.searches),
            presence: InMemoryPresenceStore(store: store, node: membership.own),
            index: InMemoryRoomIndex(store: store), membership: membership, readiness: [], children: { _ in [] },
            attach: { relay.attach($0) },
            status: { EdgeSources.RelayStatus(kind: .memory, connected: true) })
    }

    private func redisBackbone(
        _ url: RedisURL, secret: [UInt8], on group: any EventLoopGroup, metrics: ClusterMetrics,
        gossipMetrics: GossipMetrics, faults: (any FaultInjector)?
    ) -> Backbone {
        let cluster = configuration.cluster
        let redis = RedisService(
            RedisConfiguration(
                url: url, certificateAuthorities: configuration.redisCAFile, reconnect: configuration.redisBackoff),
            subscribers: cluster.subscribers, publishSetup: RoomScripts.publishSetup, readSetup: RoomScripts.readSetup,
            on: group, metrics: metrics, logger: logger, faults: faults)
        let card = card
        let identity = NodeIdentity(name: configuration.nodeName, generation: card.generation)
        let gossipConfiguration = configuration.gossip(secret: secret)
        let gossip = GossipService(
            identity: identity, configuration: gossipConfiguration, on: group.next(), metrics: gossipMetrics,
            logger: logger)
        let discovery = NodeDiscovery(
            identity: identity, card: card, configuration: .init(keyPrefix: cluster.keyPrefix), link: redis.read,
            gossipAddress: { gossip.address?.text }, logger: logger)
        let membership = ClusterMembership(
            identity: identity, gossip: gossip.view, cards: discovery, metrics: gossipMetrics)
        let index = RedisRoomIndex(link: redis.read, database: url.database, configuration: cluster)
        let canary = CanaryService(
            publisher: redis.publish, subscribers: redis.subscribers, membership: membership, database: url.database,
            configuration: cluster, metrics: metrics)
        let relay = RedisRelay(
            publisher: redis.publish, subscribers: redis.subscribers, index: index, database: url.database,
            configuration: cluster, node: configuration.nodeName, canary: canary, metrics: metrics)
        let presence = RedisPresenceStore(
            link: redis.read, database: url.database, configuration: cluster, node: identity.own)
        let log = RedisRoomLog(link: redis.read, database: url.database, configuration: cluster, metrics: metrics)
        return Backbone(
            relay: relay, log: log, search: RoomLogSearch(log: log, metrics: metrics.searches),
            presence: presence, index: index, membership: membership,
            readiness: [redis.health, redis.eviction, canary],
            children: { load in
                let introductions = GossipIntroductions(
                    gossip, membership: membership, configuration: gossipConfiguration, seeds: { discovery.seeds },
                    attributes: {
                        NodeAttributes(
                            httpAddress: card.http, version: card.version, startedAt: card.startedAt, load: load(),
                            canaries: canary.receipts.map { .init($0) })
                    })
                return redis.children + [
                    // Fails for one reason only: another process has this node's name.
                    SupervisedChild("discovery", policy: .never, service: discovery),
                    SupervisedChild("presence", policy: patient, service: presence),
                    SupervisedChild(
                        "gossip", policy: patient, isBeyondRepair: { $0 is NodeNameTaken || $0 is GossipError },
                        service: gossip),
                    SupervisedChild("canary", policy: patient, service: canary),
                    SupervisedChild("gossip-introductions", policy: patient, service: introductions),
                ]
            },
            attach: { rooms in
                relay.attach(rooms)
                membership.attach { rooms.membershipChanged() }
            },
            status: { EdgeSources.RelayStatus(kind: .redis, connected: redis.health.unreadyReason == nil) })
    }
}

extension NodeConfiguration {
    func gossip(secret: [UInt8]) -> GossipConfiguration {
        GossipConfiguration(
            host: gossipHost ?? edge.host, port: gossipPort, advertisedHost: gossipAdvertiseHost, secret: secret,
            previousSecret: previousSecret)
    }
}
