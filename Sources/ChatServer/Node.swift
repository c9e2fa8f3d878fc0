import Actors
import ChatModel
import Cluster
import CoreMetrics
import Embedded
import Files
import Gossip
import Identity
import Logging
import NIOCore
import NIOPosix
import Operations
import Push
import RedisClient
import S3
import Sealing
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
            GossipMetrics.descriptions, IdentityMetrics.descriptions, FileMetrics.descriptions,
            PushMetrics.descriptions, version: Self.version)
        let edgeMetrics = EdgeMetrics(factory: factory)
        let actorsMetrics = ActorsMetrics(factory: factory)
        let tokens = try SealedGuestTokens(configuration)
        let pushConfiguration = try configuration.pushConfiguration()
        let verifier = try await makeVerifier(on: group, factory: factory)
        let access = configuration.signIn.mode.map { mode in
            let signIn = configuration.signIn
            return Access(
                mode: mode, tokens: verifier.map { VerifiedTokens(verifier: $0, logger: logger) },
                headers: signIn.userHeader.map { UserHeaders(user: $0, name: signIn.nameHeader) }, signIn: signIn.page)
        }
        if configuration.edge.allowedOrigins == nil,
            !["127.0.0.1", "::1", "localhost"].contains(configuration.edge.host)
        {
            logger.warning(
                "ALLOWED_ORIGINS is not set: any host name that resolves to this node may connect (DNS rebinding)")
        }
        if configuration.isDevelopment {
            logger.warning("WEBCHAT_DEV is on: local programs can inject faults into this node")
        }
        let supervision = SupervisionTree()
        let observe = { @Sendable (event: SupervisionEvent) in
            if case .failed(_, let decision) = event.kind { actorsMetrics.serviceFailed(decision) }
        }
        let backend = makeBackend(on: group, factory: factory, tree: supervision, observe: observe)

        let eventLoops = Array(group.makeIterator())
        let rooms = RoomDirectory(
            eventLoops: eventLoops,
            services: RoomServices(
                backend: backend.rooms, limits: configuration.actors, metrics: actorsMetrics, logger: logger))
        backend.attach(rooms)

        supervision.add(rooms)
        let turns = LoopTurns(of: group)
        let registry = SocketRegistry(eventLoops: eventLoops, turns: turns)
        let users = UserTable(rate: configuration.socket.rate, metrics: edgeMetrics)
        let push = pushConfiguration.map {
            PushService(
                configuration: $0, backend: backend.rooms, on: group, metrics: PushMetrics(factory: factory),
                logger: logger)
        }
        rooms.onNews { [name = configuration.nodeName] user, news in
            users.tell(user, news, on: name)
            if case .added = news { push?.added(user) }
        }
        let watch = RelayWatch(status: backend.rooms.status, topology: backend.rooms.topology) {
            registry.sendStatus(writable: $0)
        }
        let addresses = AddressTable(configuration.socket)
        let files = makeFiles(on: group, index: backend.rooms.files, sealer: tokens.files, factory: factory)
        let sockets = SocketServices(
            nodeName: configuration.nodeName, configuration: configuration.socket, rooms: rooms, tokens: tokens,
            invitations: tokens.invitations, links: tokens.links, access: access,
            push: pushConfiguration?.offer, users: users, addresses: addresses, files: files?.services,
            registry: registry, metrics: edgeMetrics,
            isWritable: { watch.isWritable }, logger: logger)
        let memory = configuration.maximumMemoryMB.map {
            MemoryGuard(limit: $0 * 1_048_576, metrics: edgeMetrics, logger: logger)
        }
        let edge = try EdgeService(
            configuration: configuration.edge,
            sources: EdgeSources(
                backend: backend.rooms, relay: watch, supervision: supervision, access: access,
                addresses: addresses, files: files?.services,
                keys: keyCheck(verifier?.keySetService), sabotaged: configuration.isDevelopment ? rooms : nil,
                metrics: factory),
            guests: tokens, metrics: edgeMetrics, memory: memory, group: group, turns: turns,
            makeHandler: { SocketHandler($0, services: sockets) },
            closeSockets: registry.drain(atMost:patience:),
            onBound: { port in
                announce(port)
                onServing(port, rooms)
            }, logger: logger)

        let probe = EventLoopLagProbe(group: group, metrics: edgeMetrics)
        let load = LoadSampler(
            users: users, rooms: rooms, lag: probe,
            isRelayConnected: { [status = backend.rooms.status] in status().connected })
        let keys = (verifier?.keySetService).map { [SupervisedChild("key-set", policy: keepTrying, service: $0)] } ?? []
        let stores = (files?.bucket).map { [SupervisedChild("file-bucket", policy: keepTrying, service: $0)] } ?? []
        let sweeps = files.map { [SupervisedChild("file-sweep", policy: keepTrying, service: $0.sweeper)] } ?? []
        let guards = memory.map { [SupervisedChild("memory-guard", policy: keepTrying, service: $0)] } ?? []
        let pushes = push.map { [SupervisedChild("push", policy: keepTrying, service: $0)] } ?? []
        let supervisor = Supervisor(
            "node",
            children: backend.children(load.sample) + keys + stores + sweeps + guards + pushes + [
                SupervisedChild("lag-probe", policy: keepTrying, service: probe),
                SupervisedChild("relay-watch", policy: keepTrying, service: watch),
                SupervisedChild(EdgeService.name, policy: .never, service: edge),
            ],
            tree: supervision, logger: logger,
            observe: observe)
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

    private func makeVerifier(
        on group: MultiThreadedEventLoopGroup, factory: PrometheusFactory
    ) async throws -> TokenVerifier? {
        guard let identity = configuration.identity else { return nil }
        return try await TokenVerifier(
            configuration: identity, eventLoopGroup: group, metrics: IdentityMetrics(factory: factory), logger: logger)
    }

    /// Where everybody signs in, a node without keys is of no use.
    private func keyCheck(_ keys: KeySetService?) -> (any ReadinessCheck)? {
        guard let keys else { return nil }
        return configuration.signIn.mode == .users ? keys : GuestsOnly(keys: keys)
    }

    private func makeFiles(
        on group: any EventLoopGroup, index: any FileIndex, sealer: FileTicketSealer, factory: PrometheusFactory
    ) -> (services: FileServices, sweeper: FileSweeper, bucket: FileBucket?)? {
        let metrics = FileMetrics(factory: factory)
        guard let settings = configuration.files.configuration else { return nil }
        let place: FilePlace
        var bucket: FileBucket?
        switch settings.place {
        case .directory(let path): place = .directory(FileDirectory(path))
        case .bucket(let settings):
            let client = S3Client(settings, on: group, now: { WallClock.milliseconds() / 1_000 })
            let made = FileBucket(client, origins: configuration.edge.allowedOrigins ?? [], logger: logger)
            (place, bucket) = (.bucket(made), made)
        }
        let most = settings.maximumMegabytes
        let usage = FileUsage(limit: most == 0 ? nil : most * 1_048_576, metrics: metrics)
        let sweeper = FileSweeper(store: place.store, index: index, usage: usage, metrics: metrics, logger: logger)
        let services = FileServices(
            settings, in: place, sweeper: sweeper, usage: usage, sealer: sealer, metrics: metrics, logger: logger)
        return (services, sweeper, bucket)
    }

    private func announce(_ port: Int) {
        let scheme = configuration.edge.tls == nil ? "http" : "https"
        logger.info(
            "node listening",
            metadata: [LogKey.endpoint: "\(scheme)://\(HostPort(host: configuration.advertiseHost, port: port).inURL)/"]
        )
    }

    /// For services that should never fail: restart forever, with backoff.
    private var keepTrying: RestartPolicy {
        RestartPolicy(forever: Backoff(base: .milliseconds(200), cap: .seconds(5)))
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
    private struct Backend {
        let rooms: RoomBackend
        let attach: (RoomDirectory) -> Void
        /// - `load`: reports how busy the node is.
        let children: (_ load: @escaping @Sendable () -> NodeLoad) -> [SupervisedChild]
    }

    private func makeBackend(
        on group: any EventLoopGroup, factory: PrometheusFactory, tree: SupervisionTree,
        observe: @escaping @Sendable (SupervisionEvent) -> Void
    ) -> Backend {
        let startedAt = WallClock.milliseconds()
        if let url = configuration.redis, let secret = configuration.secret {
            return redisBackend(
                url, secret: secret, startedAt: startedAt, on: group, factory: factory, tree: tree, observe: observe)
        }
        logger.notice("REDIS_URL is not set: running standalone, rooms are kept in memory")
        return embeddedBackend(startedAt: startedAt, factory: factory)
    }

    private func embeddedBackend(startedAt: Int64, factory: PrometheusFactory) -> Backend {
        let own = NodeIncarnation(name: configuration.nodeName, generation: UInt64(max(0, startedAt)))
        let address = HostPort(host: configuration.advertiseHost, port: configuration.edge.operationsPort)
        let membership = EmbeddedMembership(
            ClusterMember(
                node: own, state: .alive, address: address.description, version: Self.version, startedAt: startedAt))
        // The other half is for sockets and messages in flight.
        let memory = configuration.maximumMemoryMB.map { $0 * 1_048_576 / 2 }
        let store = EmbeddedBackend(node: own, limits: configuration.cluster.rooms, maximumMemory: memory)
        // Shown from the start, as on a node with Redis.
        ClusterMetrics(factory: factory).redis.connected.record(1)
        GossipMetrics(factory: factory).show(membership.members)
        return Backend(
            rooms: store.rooms(in: membership), attach: { store.attach($0) },
            children: { load in
                membership.attach(load)
                return [SupervisedChild("load", policy: keepTrying, service: membership)]
            })
    }

    private func redisBackend(
        _ url: RedisURL, secret: [UInt8], startedAt: Int64, on group: any EventLoopGroup, factory: PrometheusFactory,
        tree: SupervisionTree, observe: @escaping @Sendable (SupervisionEvent) -> Void
    ) -> Backend {
        let host = AdvertisedHost(configuration.advertiseHost, detect: configuration.detectHost)
        let port = configuration.edge.operationsPort
        let backend = RedisBackend(
            .init(
                name: configuration.nodeName, version: Self.version, startedAt: startedAt,
                httpAddress: { HostPort(host: host.current, port: port).description }),
            redis: RedisConfiguration(
                url: url, certificateAuthorities: configuration.redisCAFile,
                certificate: configuration.redisCertificate, shardedPubSub: configuration.redisSharded,
                sentinelUser: configuration.redisSentinelUser ?? "",
                sentinelPassword: configuration.redisSentinelPassword),
            cluster: configuration.cluster, gossip: configuration.gossip(secret: secret, host: host), on: group,
            factory: factory, policy: keepTrying, tree: tree, observe: observe, logger: logger)
        return Backend(
            rooms: backend.rooms, attach: { backend.attach($0) }, children: { backend.children(load: $0) })
    }
}

extension NodeConfiguration {
    /// - `host`: detected again whenever gossip checks whether the address has changed.
    func gossip(secret: [UInt8], host: AdvertisedHost) -> GossipConfiguration {
        var gossip = GossipConfiguration(
            host: gossipHost ?? edge.host, port: gossipPort, advertisedHost: gossipAdvertiseHost, secret: secret,
            previousSecret: previousSecret)
        if detectHost != nil, gossipAdvertiseHost == advertiseHost { gossip.detectHost = { host.detectAgain() } }
        return gossip
    }
}
