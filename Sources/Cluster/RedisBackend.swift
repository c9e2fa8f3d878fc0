package import ChatModel
package import CoreMetrics
internal import Gossip
package import Logging
package import NIOCore
package import RedisClient
package import Supervision

/// Everything of a node that needs Redis or other nodes: the rooms' storage, discovery, gossip, presence and the canary.
///
/// Owned by the node, whose supervisor runs `children`.
package final class RedisBackend {
    /// This node as the others see it.
    package struct Identity {
        package let name: String
        package let version: String
        /// Milliseconds since 1970; also the node's generation.
        package let startedAt: Int64
        /// `host:port` of its HTTP edge, which may change. Safe from any thread.
        package let httpAddress: @Sendable () -> String

        package init(name: String, version: String, startedAt: Int64, httpAddress: @escaping @Sendable () -> String) {
            self.name = name
            self.version = version
            self.startedAt = startedAt
            self.httpAddress = httpAddress
        }
    }

    package let rooms: RoomBackend
    private let identity: Identity
    private let redis: RedisService
    private let relay: RedisRelay
    private let presence: RedisPresenceStore
    private let erasures: RedisErasures
    private let discovery: NodeDiscovery
    private let gossip: GossipService
    private let gossipConfiguration: GossipConfiguration
    private let membership: ClusterMembership
    private let canaries: ShardCanaries
    private let policy: RestartPolicy

    /// - Parameters:
    ///   - policy: for services that should never fail.
    ///   - tree, observe: get the events of what runs for each shard.
    package init(
        _ identity: Identity, redis configuration: RedisConfiguration, cluster: ClusterConfiguration,
        gossip gossipConfiguration: GossipConfiguration, on group: any EventLoopGroup, factory: any MetricsFactory,
        policy: RestartPolicy, tree: SupervisionTree, observe: @escaping @Sendable (SupervisionEvent) -> Void,
        logger: Logger
    ) {
        let metrics = ClusterMetrics(factory: factory)
        let gossipMetrics = GossipMetrics(factory: factory)
        let keys = RoomKeys(
            prefix: cluster.keyPrefix, database: configuration.url.database, sharded: configuration.isSharded)
        let node = NodeIdentity(name: identity.name, generation: UInt64(max(0, identity.startedAt)))
        let gossip = GossipService(
            identity: node, configuration: gossipConfiguration, on: group.next(), metrics: gossipMetrics,
            logger: logger)
        let card = NodeCard(
            generation: node.own.generation, http: identity.httpAddress(), gossip: nil, version: identity.version,
            startedAt: identity.startedAt)
        let canaries = ShardCanaries(node: node, keys: keys, configuration: cluster, metrics: metrics, logger: logger)
        let redis = RedisService(
            configuration, subscribers: cluster.subscribers, setup: RoomScripts.setup(waits: cluster.waitReplicas > 0),
            on: group,
            metrics: metrics.redis, tree: tree, observe: observe, logger: logger,
            childrenOf: { [SupervisedChild("canary", policy: policy, service: canaries.canary(of: $0))] })
        discovery = NodeDiscovery(
            identity: node, card: card, configuration: .init(keyPrefix: cluster.keyPrefix), shards: redis.shards,
            gossipAddress: { gossip.address?.text }, httpAddress: identity.httpAddress, logger: logger)
        membership = ClusterMembership(identity: node, gossip: gossip.view, cards: discovery, metrics: gossipMetrics)
        canaries.follow(redis.shards, among: membership)
        let index = RedisRoomIndex(shards: redis.shards, keys: keys, limits: cluster.rooms)
        erasures = RedisErasures(
            shards: redis.shards, keys: keys, node: identity.name, metrics: metrics, logger: logger)
        let userRooms = RedisUserRooms(shards: redis.shards, keys: keys, limits: cluster.rooms)
        relay = RedisRelay(
            shards: redis.shards, index: index, userRooms: userRooms, erasures: erasures, keys: keys,
            configuration: cluster,
            node: identity.name,
            canaries: canaries, metrics: metrics, logger: logger)
        presence = RedisPresenceStore(shards: redis.shards, keys: keys, configuration: cluster, node: node.own)
        self.identity = identity
        self.gossip = gossip
        self.gossipConfiguration = gossipConfiguration
        self.redis = redis
        self.canaries = canaries
        self.policy = policy
        rooms = RoomBackend(
            relay: relay, log: RedisRoomLog(shards: redis.shards, keys: keys, metrics: metrics), presence: presence,
            index: index,
            userRooms: userRooms,
            devices: RedisUserDevices(shards: redis.shards, keys: keys, limits: cluster.rooms),
            pushes: RedisPushStore(shards: redis.shards, keys: keys, node: node.own, limits: cluster.rooms),
            administration: RedisRoomAdministration(shards: redis.shards, keys: keys, index: index),
            addressBans: RedisAddressBans(shards: redis.shards, keys: keys),
            files: RedisFileIndex(shards: redis.shards, keys: keys),
            journeys: RedisJourneys(
                shards: redis.shards, keys: keys, clock: { canaries.logTime(of: keys.log($0)) }),
            membership: membership, readiness: [canaries, relay],
            status: {
                let trouble = canaries.publishFailure
                return RelayStatus(
                    kind: .redis, connected: redis.shards.all.contains { $0.health.unreadyReason == nil },
                    trouble: trouble)
            }, topology: { RelayTopology(redis, canaries) })
    }

    /// Sets the receiver of messages and of changes in the cluster view. Once, before `children` run. Not retained.
    package func attach(_ receiver: any RelayReceiver) {
        relay.attach(receiver)
        membership.attach { [weak receiver] in receiver?.membershipChanged() }
    }

    /// - `load`: reports how busy the node is, for the other nodes.
    package func children(load: @escaping @Sendable () -> NodeLoad) -> [SupervisedChild] {
        let introductions = GossipIntroductions(
            gossip, membership: membership, configuration: gossipConfiguration,
            seeds: { [discovery] in discovery.seeds },
            attributes: { [identity, canaries] in
                NodeAttributes(
                    httpAddress: identity.httpAddress(), version: identity.version, startedAt: identity.startedAt,
                    load: load(), canaries: canaries.receipts.map { .init($0) })
            })
        return redis.children + [
            // Fails only if another process uses this node's name.
            SupervisedChild("discovery", policy: .never, service: discovery),
            SupervisedChild("presence", policy: policy, service: presence),
            SupervisedChild("erasures", policy: policy, service: erasures),
            SupervisedChild(
                "gossip", policy: policy, isBeyondRepair: { $0 is NodeNameTaken || $0 is GossipError },
                service: gossip),
            SupervisedChild("gossip-introductions", policy: policy, service: introductions),
        ]
    }
}
