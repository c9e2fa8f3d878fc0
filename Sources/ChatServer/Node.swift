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

/// One node: creates and connects all parts. The only file that names every concrete type, and the only place where
/// WebEdge and Cluster meet.
///
/// ```
///   Supervisor "node" ─┬─ Redis connections, discovery, presence, gossip, probe and guard
///                      └─ EdgeService    stops first: sockets, then HTTP, then the services they use
///   RoomDirectory ─ RoomShard, one per event loop ─ Room ─ Connection
/// ```
struct Node: Sendable {
    static let version = "0.1.0"

    private let configuration: NodeConfiguration
    private let logger: Logger
    private let onServing: @Sendable (_ port: Int, RoomDirectory) -> Void

    /// - `onServing`: called with the port once clients can connect.
    init(
        configuration: NodeConfiguration, logger: Logger,
        onServing: @escaping @Sendable (_ port: Int, RoomDirectory) -> Void = { _, _ in }
    ) {
        self.configuration = configuration
        var logger = logger
        logger[metadataKey: LogKey.nodeID] = "\(configuration.nodeName)"
        self.logger = logger
        self.onServing = onServing
    }

    /// Runs until the first of `signals`, or until an essential part fails permanently.
    /// - `signals`: `nil` if only task cancellation stops the node.
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
        if configuration.edge.allowedOrigins == nil,
            !["127.0.0.1", "::1", "localhost"].contains(configuration.edge.host)
        {
            logger.warning(
                "ALLOWED_ORIGINS is not set: any host name that resolves to this node may connect (DNS rebinding)")
        }
        if configuration.isDevelopment {
            logger.warning("WEBCHAT_DEV is on: local programs can inject faults into this node")
        }
        let backbone = makeBackbone(on: group, factory: factory)

        let eventLoops = Array(group.makeIterator())
        let rooms = RoomDirectory(
            eventLoops: eventLoops,
            services: RoomServices(
                relay: backbone.relay, log: backbone.log, search: backbone.search, presence: backbone.presence,
                membership: backbone.membership, limits: configuration.actors, metrics: actorsMetrics,
                logger: logger))
        backbone.attach(rooms)

        let supervision = SupervisionTree()
        supervision.add(rooms)
        let registry = SocketRegistry(eventLoops: eventLoops)
        let users = UserTable(rate: configuration.socket.rate, metrics: edgeMetrics)
        let watch = RelayWatch(status: backbone.status) { registry.tellStatus(writable: $0) }
        let sockets = SocketServices(
            nodeName: configuration.nodeName, configuration: configuration.socket, rooms: rooms, tokens: tokens,
            users: users, addresses: AddressTable(configuration.socket), registry: registry, metrics: edgeMetrics,
            isWritable: { watch.isWritable }, logger: logger)
        let memory = configuration.maximumMemoryMB.map {
            MemoryGuard(limit: $0 * 1_048_576, metrics: edgeMetrics, logger: logger)
        }
        let edge = try EdgeService(
            configuration: configuration.edge,
            sources: EdgeSources(
                log: backbone.log, rooms: backbone.index, membership: backbone.membership,
                readiness: backbone.readiness, relay: backbone.status, relayEvents: { watch.events },
                supervision: supervision, sabotaged: configuration.isDevelopment ? rooms : nil, metrics: factory),
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
                SupervisedChild("relay-watch", policy: patient, service: watch),
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
        // The edge finishes slightly earlier. After this time, remaining services are abandoned.
        services.maximumGracefulShutdownDuration = max(
            configuration.edge.drainLimit, EdgeService.leastTimeToEnd + .milliseconds(500))
        try await ServiceGroup(configuration: services).run()
        logger.info("node stopped")
    }

    private func announce(_ port: Int) {
        let scheme = configuration.edge.tls == nil ? "http" : "https"
        logger.info(
            "node listening",
            metadata: [LogKey.endpoint: "\(scheme)://\(HostPort(host: configuration.advertiseHost, port: port).inURL)/"]
        )
    }

    /// For services that should never fail: restart forever, with backoff.
    private var patient: RestartPolicy { RestartPolicy(forever: Backoff(base: .milliseconds(200), cap: .seconds(5))) }

    private var card: NodeCard {
        let now = WallClock.milliseconds()
        return NodeCard(
            generation: UInt64(max(0, now)),
            http: HostPort(host: configuration.advertiseHost, port: configuration.edge.operationsPort).description,
            gossip: nil, version: Self.version, startedAt: now)
    }
}

/// Finishes on the first signal, even one sent before it ran, and stops the node.
private struct FirstSignal: Service {
    let signals: UnixSignalsSequence

    func run() async {
        await cancelWhenGracefulShutdown {
            for await _ in signals { return }
        }
    }
}

// MARK: - With Redis, or standalone

extension Node {
    /// The storage and messaging that rooms use, on Redis or in memory.
    private struct Backbone {
        let relay: any Relay
        let log: any RoomLog
        let search: any RoomSearch
        let presence: any PresenceStore
        let index: any RoomIndex
        let membership: any MembershipView
        let readiness: [any ReadinessCheck]
        /// - `load`: measures the node's load, for the other nodes.
        let children: (_ load: @escaping @Sendable () -> NodeLoad) -> [SupervisedChild]
        let attach: (RoomDirectory) -> Void
        let status: @Sendable () -> EdgeSources.RelayStatus
    }

    private func makeBackbone(on group: any EventLoopGroup, factory: PrometheusFactory) -> Backbone {
        let metrics = ClusterMetrics(factory: factory)
        let gossipMetrics = GossipMetrics(factory: factory)
        if let url = configuration.redis, let secret = configuration.secret {
            return redisBackbone(url, secret: secret, on: group, metrics: metrics, gossipMetrics: gossipMetrics)
        }
        logger.notice("REDIS_URL is not set: running standalone, rooms are kept in memory")
        return embeddedBackbone(metrics: metrics, gossipMetrics: gossipMetrics)
    }

    private func embeddedBackbone(metrics: ClusterMetrics, gossipMetrics: GossipMetrics) -> Backbone {
        var cluster = configuration.cluster
        // The other half is for sockets and messages in flight.
        if let megabytes = configuration.maximumMemoryMB { cluster.memoryBytes = megabytes * 1_048_576 / 2 }
        let store = InMemoryStore(configuration: cluster)
        let membership = EmbeddedMembership(name: configuration.nodeName, card: card)
        let relay = InMemoryRelay(store: store, node: configuration.nodeName)
        let log = InMemoryRoomLog(store: store)
        metrics.relayConnected.record(1)
        gossipMetrics.show(membership.members)
        return Backbone(
            relay: relay, log: log, search: RoomLogSearch(log: log, metrics: metrics.searches),
            presence: InMemoryPresenceStore(store: store, node: membership.own),
            index: InMemoryRoomIndex(store: store), membership: membership, readiness: [],
            children: { load in
                membership.attach(load)
                return [SupervisedChild("load", policy: patient, service: membership)]
            },
            attach: { relay.attach($0) },
            status: { EdgeSources.RelayStatus(kind: .memory, connected: true) })
    }

    private func redisBackbone(
        _ url: RedisURL, secret: [UInt8], on group: any EventLoopGroup, metrics: ClusterMetrics,
        gossipMetrics: GossipMetrics
    ) -> Backbone {
        let cluster = configuration.cluster
        let redis = RedisService(
            RedisConfiguration(
                url: url, certificateAuthorities: configuration.redisCAFile),
            subscribers: cluster.subscribers, publishSetup: RoomScripts.publishSetup, readSetup: RoomScripts.readSetup,
            on: group, metrics: metrics, logger: logger)
        let card = card
        let identity = NodeIdentity(name: configuration.nodeName, generation: card.generation)
        let host = AdvertisedHost(configuration.advertiseHost, detect: configuration.detectHost)
        let port = configuration.edge.operationsPort
        let http: @Sendable () -> String = { HostPort(host: host.current, port: port).description }
        let gossipConfiguration = configuration.gossip(secret: secret, host: host)
        let gossip = GossipService(
            identity: identity, configuration: gossipConfiguration, on: group.next(), metrics: gossipMetrics,
            logger: logger)
        let discovery = NodeDiscovery(
            identity: identity, card: card, configuration: .init(keyPrefix: cluster.keyPrefix), link: redis.read,
            gossipAddress: { gossip.address?.text }, httpAddress: http, logger: logger)
        let membership = ClusterMembership(
            identity: identity, gossip: gossip.view, cards: discovery, metrics: gossipMetrics)
        let index = RedisRoomIndex(link: redis.read, database: url.database, configuration: cluster)
        let canary = CanaryService(
            publisher: redis.publish, subscribers: redis.subscribers, membership: membership, database: url.database,
            configuration: cluster, metrics: metrics, logger: logger)
        let relay = RedisRelay(
            publisher: redis.publish, subscribers: redis.subscribers, index: index, database: url.database,
            memory: redis.memory, configuration: cluster, node: configuration.nodeName, canary: canary,
            metrics: metrics)
        let presence = RedisPresenceStore(
            link: redis.read, database: url.database, configuration: cluster, node: identity.own)
        let log = RedisRoomLog(link: redis.read, database: url.database, configuration: cluster, metrics: metrics)
        return Backbone(
            relay: relay, log: log, search: RoomLogSearch(log: log, metrics: metrics.searches),
            presence: presence, index: index, membership: membership,
            readiness: [redis.health, redis.memory, canary],
            children: { load in
                let introductions = GossipIntroductions(
                    gossip, membership: membership, configuration: gossipConfiguration, seeds: { discovery.seeds },
                    attributes: {
                        NodeAttributes(
                            httpAddress: http(), version: card.version, startedAt: card.startedAt, load: load(),
                            canaries: canary.receipts.map { .init($0) })
                    })
                return redis.children + [
                    // Fails only if another process uses this node's name.
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
            status: {
                let missing = redis.health.unreadyReason
                return EdgeSources.RelayStatus(
                    kind: .redis, connected: missing == nil, trouble: missing ?? canary.publishFailure)
            })
    }
}

extension NodeConfiguration {
    /// - `host`: detected again whenever gossip checks whether the address has changed.
    func gossip(secret: [UInt8], host: AdvertisedHost) -> GossipConfiguration {
        var gossip = GossipConfiguration(
            host: gossipHost ?? edge.host, port: gossipPort, advertisedHost: gossipAdvertiseHost, secret: secret,
            previousSecret: previousSecret)
        if detectHost != nil, gossipAdvertiseHost == advertiseHost { gossip.detectHost = { host.lookAgain() } }
        return gossip
    }
}
