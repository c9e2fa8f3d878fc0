internal import Logging
internal import NIOCore
internal import Operations
internal import ServiceLifecycle
internal import Supervision
internal import Synchronization

/// Follows which primary of a Redis Cluster has which slots, and keeps one shard per primary.
///
/// `run()` asks some nodes: at the start, once a minute, and soon after a sign of change: a redirection, a lost
/// connection, a command without an answer. While a shard is away it asks twice a second, because a replica may be
/// promoted at any moment.
final class RedisClusterMap: Service {
    /// What an answer may take, connecting included, before the next node is asked.
    private static let patience = TimeAmount.milliseconds(500)
    /// How many nodes to ask each time: the first one may be cut off from the others.
    private static let views = 3
    private static let mostKnown = 256
    /// How often a sign of change is looked for, and so the least time between two questions.
    private static let tick = Duration.milliseconds(100)
    private static let whileAway = Duration.milliseconds(500)
    /// With jitter, so that nodes do not ask together.
    private static let interval = 54.0...66.0

    /// Whether there was a sign that the map has changed.
    private final class Doubt: Sendable {
        let isRaised = Atomic(true)
    }

    private struct State {
        /// Where to ask, the best first.
        var known: [HostPort]
        var primaries: [RedisClusterView.Primary] = []
        /// Of the cluster's nodes, as last seen: they tell it from other clusters.
        var ids: Set<String> = []
        /// Servers of other clusters, already logged.
        var strangers: Set<HostPort> = []
    }

    /// How to connect to a node, but for its address: to ask it, and for a shard.
    private let asking: RedisConfiguration
    private let ofShards: RedisConfiguration
    private let shards: RedisShards
    private let groups: DynamicSupervisor
    private let metrics: RedisMetrics
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let make: @Sendable (_ name: String, RedisConfiguration) -> RedisShard
    private let childrenOf: @Sendable (RedisShard) -> [SupervisedChild]
    private let followed: @Sendable (_ primary: HostPort) -> Void
    private let doubt: Doubt
    private let state: Mutex<State>
    private let outage = Mutex(OutageReport())

    /// - Parameters:
    ///   - groups: runs the connections of each shard.
    ///   - make: creates the connections to a primary.
    ///   - childrenOf: what runs for a shard.
    ///   - followed: called when the slots of a primary have moved to another one that had none.
    init(
        _ configuration: RedisConfiguration, shards: RedisShards, groups: DynamicSupervisor, metrics: RedisMetrics,
        on eventLoop: any EventLoop, logger: Logger,
        make: @escaping @Sendable (_ name: String, RedisConfiguration) -> RedisShard,
        childrenOf: @escaping @Sendable (RedisShard) -> [SupervisedChild],
        followed: @escaping @Sendable (_ primary: HostPort) -> Void
    ) {
        var (asking, ofShards) = (configuration, configuration)
        asking.connectTimeout = Self.patience
        asking.commandTimeout = Self.patience
        let doubt = Doubt()
        ofShards.mapIsDoubtful = { doubt.isRaised.store(true, ordering: .relaxed) }
        self.doubt = doubt
        self.asking = asking
        self.ofShards = ofShards
        self.shards = shards
        self.groups = groups
        self.metrics = metrics
        self.eventLoop = eventLoop
        self.logger = logger
        self.make = make
        self.childrenOf = childrenOf
        self.followed = followed
        state = Mutex(State(known: configuration.url.hosts))
    }

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            var due = ContinuousClock.now
            while true {
                if self.doubt.isRaised.exchange(false, ordering: .relaxed) || .now >= due {
                    let wrongForm = await self.look()
                    if let wrongForm { throw wrongForm }
                    due = .now + (self.isWhole ? .seconds(.random(in: Self.interval)) : Self.whileAway)
                } else if !self.isWhole {
                    due = min(due, .now + Self.whileAway)
                }
                try await Task.sleep(for: Self.tick)
            }
        }
    }

    private var isWhole: Bool {
        shards.mapTrouble == nil && shards.all.allSatisfy { $0.health.unreadyReason == nil }
    }

    /// - Returns: an error that no repetition can repair.
    private func look() async -> RedisError? {
        var views: [RedisClusterView] = []
        var answered: [HostPort] = []
        var reasons: [String] = []
        var ids = state.withLock { $0.ids }
        for node in state.withLock({ $0.known }) where views.count < Self.views {
            do {
                let view = try await view(of: node)
                // It was taken out of the cluster, or is not in one yet: it knows only itself.
                guard !view.primaries.isEmpty else {
                    reasons.append(
                        "\(node): knows no server with slots, is the cluster created (redis-cli --cluster create)?")
                    continue
                }
                guard ids.isEmpty || !ids.isDisjoint(with: view.ids) else {
                    reasons.append("\(node): belongs to another Redis Cluster")
                    if state.withLock({ $0.strangers.insert(node).inserted }) {
                        logger.warning(
                            "a server belongs to another Redis Cluster and is not used: remove it from REDIS_URL",
                            metadata: [LogKey.endpoint: "\(node)"])
                    }
                    continue
                }
                ids.formUnion(view.ids)
                views.append(view)
                answered.append(node)
            } catch {
                let error = error as? RedisError
                if error?.code == .wrongKind, state.withLock({ $0.primaries.isEmpty }) { return error }
                reasons.append("\(node): \(error?.message ?? "stopped")")
            }
        }
        guard !views.isEmpty else {
            noMap("no server of the Redis Cluster has a map with slots; \(reasons.joined(separator: "; "))")
            return nil
        }
        if outage.withLock({ $0.ended(now: .now) }) != nil {
            logger.notice("the map of the Redis Cluster can be read again")
        }
        follow(RedisClusterView.merged(views), views, answered: answered)
        return nil
    }

    /// The last map stays in use.
    private func noMap(_ reason: String) {
        shards.noMap(reason)
        // All may have been replaced at once.
        if shards.all.allSatisfy({ !$0.health.carries }) { state.withLock { $0.ids = [] } }
        switch outage.withLock({ $0.failed(now: .now) }) {
        case .begins, .continues:
            logger.warning("cannot read the map of the Redis Cluster", metadata: [LogKey.error: "\(reason)"])
        case .nothing: break
        }
    }

    private func view(of node: HostPort) async throws -> RedisClusterView {
        var configuration = asking
        configuration.url = asking.url.moved(to: node)
        let connection = try await RedisConnection.open(configuration, setup: [], metrics: metrics, on: eventLoop)
        do {
            let text = try await connection.ask("CLUSTER", "NODES").string()
            await connection.close(RedisError(.stopped, "this node has its answer"))
            guard
                let view = RedisClusterView(text, asked: node, prefersNames: configuration.url.usesTLS)
            else { throw RedisError(.unexpectedReply, "unexpected reply to CLUSTER NODES") }
            return view
        } catch {
            await connection.close(RedisError(.stopped, "this node asks another one"))
            throw error
        }
    }

    private func follow(
        _ primaries: [RedisClusterView.Primary], _ views: [RedisClusterView], answered: [HostPort]
    ) {
        let before = state.withLock { state in
            defer {
                state.primaries = primaries
                state.ids = views.reduce(into: []) { $0.formUnion($1.ids) }
                // The nodes of REDIS_URL stay: all others may be replaced at once.
                var known = answered
                for node in views.flatMap(\.nodes) + asking.url.hosts where known.count < Self.mostKnown {
                    if !known.contains(node) { known.append(node) }
                }
                state.known = known
            }
            return state.primaries
        }
        let old = shards.all
        var running = Dictionary(old.map { ($0.name, $0) }) { first, _ in first }
        var begun: [RedisShard] = []
        let places = primaries.map { primary in
            let name = "\(primary.address)"
            if let shard = running.removeValue(forKey: name) { return (shard: shard, slots: primary.slots) }
            var configuration = ofShards
            configuration.url = ofShards.url.moved(to: primary.address)
            let shard = make(name, configuration)
            begun.append(shard)
            return (shard: shard, slots: primary.slots)
        }
        // What is sent to a primary without slots is in vain; if it is frozen, nothing else would tell.
        for shard in running.values { groups.remove(Self.group(shard)) }
        let trouble = shards.mapTrouble
        shards.assign(places)
        if let now = shards.mapTrouble, now != trouble {
            logger.warning("the Redis Cluster is not whole", metadata: [LogKey.reason: "\(now)"])
        }
        for shard in begun { groups.add(Self.group(shard), children: childrenOf(shard)) }
        if Set(primaries.map(\.address)) != Set(before.map(\.address)) {
            logger.notice(
                "using these primaries of the Redis Cluster",
                metadata: [LogKey.endpoint: "\(primaries.map(\.address.description).joined(separator: ", "))"])
        }
        for (new, taken) in Self.successors(from: before, to: primaries) {
            logger.notice(
                "Redis has failed over", metadata: [LogKey.endpoint: "\(new)", LogKey.reason: "after \(taken)"])
            followed(new)
        }
    }

    private static func group(_ shard: RedisShard) -> String { "redis-\(shard.name)" }

    /// The primaries that had no slots and now have those of one that has none any more.
    private static func successors(
        from before: [RedisClusterView.Primary], to now: [RedisClusterView.Primary]
    ) -> [(HostPort, after: HostPort)] {
        let (old, new) = (Set(before.map(\.id)), Set(now.map(\.id)))
        return now.filter { !old.contains($0.id) }.compactMap { primary in
            guard let first = primary.slots.first?.lowerBound,
                let previous = before.first(where: { $0.slots.contains { $0.contains(first) } }),
                !new.contains(previous.id)
            else { return nil }
            return (primary.address, previous.address)
        }
    }
}
