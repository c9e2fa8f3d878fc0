import ChatModel
import CoreMetrics
import Logging
import NIOPosix
import RedisClient

@testable import Cluster

extension NodeDiscovery {
    /// Redis is away: nobody has a card.
    static func withoutRedis(_ identity: NodeIdentity) -> NodeDiscovery {
        let metrics = ClusterMetrics(factory: NOOPMetricsHandler.instance)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        guard let url = try? RedisURL("redis://127.0.0.1:1") else { preconditionFailure("a URL that is none") }
        let redis = RedisService(
            RedisConfiguration(url: url), subscribers: 1, on: MultiThreadedEventLoopGroup.singleton,
            metrics: metrics.redis, logger: logger)
        return NodeDiscovery(
            identity: identity,
            card: NodeCard(generation: identity.own.generation, http: "", gossip: nil, version: "1", startedAt: 0),
            configuration: NodeDiscoveryConfiguration(keyPrefix: "test"), shards: redis.shards, logger: logger)
    }
}
