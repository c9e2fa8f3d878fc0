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
    private let discovery: NodeDiscovery
    private let gossip: GossipService
    private let gossipConfiguration: GossipConfiguration
    private let membership: ClusterMembership
    private let canary: CanaryService

    package init(
        _ identity: Identity, redis configuration: RedisConfiguration, cluster: ClusterConfiguration,
        gossip gossipConfiguration: GossipConfiguration, on group: any EventLoopGroup, factory: any MetricsFactory,
        logger: Logger
    ) {
        let metrics = ClusterMetrics(factory: factory)
        let gossipMetrics = GossipMetrics(factory: factory)
        let keys = RoomKeys(prefix: cluster.keyPrefix, database: configuration.url.database)
        redis = RedisService(
            configuration, subscribers: cluster.subscribers, publishSetup: RoomScripts.publishSetup,
            readSetup: RoomScripts.readSetup, on: group, metrics: metrics.redis, logger: logger)
        let node = NodeIdentity(name: identity.name, generation: UInt64(max(0, identity.startedAt)))
        let gossip = GossipService(
            identity: node, configuration: gossipConfiguration, on: group.next(), metrics: gossipMetrics,
            logger: logger)
        let card = NodeCard(
            generation: node.own.generation, http: identity.httpAddress(), gossip: nil, version: identity.version,
            startedAt: identity.startedAt)
        discovery = NodeDiscovery(
            identity: node, card: card, configuration: .init(keyPrefix: cluster.keyPrefix), link: redis.read,
            gossipAddress: { gossip.address?.text }, httpAddress: identity.httpAddress, logger: logger)
        membership = ClusterMembership(identity: node, gossip: gossip.view, cards: discovery, metrics: gossipMetrics)
        canary = CanaryService(
            publisher: redis.publish, subscribers: redis.subscribers, membership: membership, keys: keys,
            configuration: cluster, metrics: metrics, logger: logger)
        let index = RedisRoomIndex(link: redis.read, keys: keys, limits: cluster.rooms)
        relay = RedisRelay(
            publisher: redis.publish, subscribers: redis.subscribers, index: index, keys: keys, memory: redis.memory,
            configuration: cluster, node: identity.name, canary: canary, metrics: metrics)
        presence = RedisPresenceStore(link: redis.read, keys: keys, configuration: cluster, node: node.own)
        self.identity = identity
        self.gossip = gossip
        self.gossipConfiguration = gossipConfiguration
        rooms = RoomBackend(
            relay: relay, log: RedisRoomLog(link: redis.read, keys: keys, metrics: metrics), presence: presence,
            index: index,
            journeys: RedisJourneys(link: redis.publish, keys: keys, clock: { [canary] in canary.logTime }),
            membership: membership, readiness: [redis.health, redis.memory, canary],
            status: { [redis, canary] in
                let missing = redis.health.unreadyReason
                return RelayStatus(
                    kind: .redis, connected: missing == nil, trouble: missing ?? canary.publishFailure)
            })
    }

    /// Sets the receiver of messages and of changes in the cluster view. Once, before `children` run. Not retained.
    package func attach(_ receiver: any RelayReceiver) {
        relay.attach(receiver)
        membership.attach { [weak receiver] in receiver?.membershipChanged() }
    }

    /// - `load`: reports how busy the node is, for the other nodes.
    package func children(
        policy: RestartPolicy, load: @escaping @Sendable () -> NodeLoad
    ) -> [SupervisedChild] {
        let introductions = GossipIntroductions(
            gossip, membership: membership, configuration: gossipConfiguration,
            seeds: { [discovery] in discovery.seeds },
            attributes: { [identity, canary] in
                NodeAttributes(
                    httpAddress: identity.httpAddress(), version: identity.version, startedAt: identity.startedAt,
                    load: load(), canaries: canary.receipts.map { .init($0) })
            })
        return redis.children + [
            // Fails only if another process uses this node's name.
            SupervisedChild("discovery", policy: .never, service: discovery),
            SupervisedChild("presence", policy: policy, service: presence),
            SupervisedChild(
                "gossip", policy: policy, isBeyondRepair: { $0 is NodeNameTaken || $0 is GossipError },
                service: gossip),
            SupervisedChild("canary", policy: policy, service: canary),
            SupervisedChild("gossip-introductions", policy: policy, service: introductions),
        ]
    }
}
