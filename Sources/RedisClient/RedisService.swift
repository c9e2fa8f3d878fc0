package import Logging
package import NIOCore
internal import Operations
package import Supervision

/// This node's connections to Redis: one shard, or in a Redis Cluster one for each primary, and what follows failovers.
///
/// `children` keeps them running.
package struct RedisService: Sendable {
    /// What every new connection runs first, for example `SCRIPT LOAD`.
    package struct Setup: Sendable {
        let publish: [RedisCommand]
        let read: [RedisCommand]

        package init(publish: [RedisCommand] = [], read: [RedisCommand] = []) {
            self.publish = publish
            self.read = read
        }
    }

    package let shards: RedisShards
    /// What Sentinels or the cluster have told.
    package let failovers: RedisFailovers
    /// For the node's supervisor, in start order.
    package let children: [SupervisedChild]
    /// `nil`: there are none.
    package let sentinels: RedisSentinels?

    /// - Parameters:
    ///   - subscribers: of each shard.
    ///   - eventLoops: assigned to the connections in turn.
    ///   - tree, observe: of what runs for the shards of a cluster.
    ///   - childrenOf: what else runs for a shard, beside its connections.
    package init(
        _ configuration: RedisConfiguration, subscribers: Int, setup: Setup = Setup(),
        on eventLoops: any EventLoopGroup, metrics: RedisMetrics, tree: SupervisionTree? = nil,
        observe: (@Sendable (SupervisionEvent) -> Void)? = nil, logger: Logger,
        childrenOf: @escaping @Sendable (RedisShard) -> [SupervisedChild] = { _ in [] }
    ) {
        let gauges = RedisGauges(metrics)
        let failovers = RedisFailovers(metrics: metrics)
        let policy = RestartPolicy(forever: configuration.reconnect)
        let isCluster = configuration.url.kind == .cluster
        let make = { @Sendable (name: String, configuration: RedisConfiguration) in
            var logger = logger
            // In a cluster, lines of a shard name it.
            if isCluster { logger[metadataKey: LogKey.endpoint] = "\(name)" }
            return RedisShard(
                name, configuration, subscribers: subscribers, setup: setup, on: eventLoops, metrics: metrics,
                logger: logger, changed: { gauges.update() })
        }
        self.failovers = failovers
        sentinels = configuration.sentinels
        if isCluster {
            let shards = RedisShards(nowhere: make("unknown", configuration), gauges: gauges)
            let groups = DynamicSupervisor("redis-shards", tree: tree, logger: logger, observe: observe)
            let map = RedisClusterMap(
                configuration, shards: shards, groups: groups, metrics: metrics, on: eventLoops.next(), logger: logger,
                make: make, childrenOf: { $0.children + childrenOf($0) }, followed: { failovers.followed(to: $0) })
            self.shards = shards
            children = [
                SupervisedChild("redis-shards", policy: policy, service: groups),
                SupervisedChild(
                    "redis-map", policy: policy, isBeyondRepair: { ($0 as? RedisError)?.code == .wrongKind },
                    isConnection: true, service: map),
            ]
        } else {
            var name = configuration.url.hosts[0].description
            if case .sentinels(let primary) = configuration.url.kind { name = "the primary \(primary)" }
            let shard = make(name, configuration)
            let watch = configuration.sentinels.map { sentinels in
                RedisSentinelWatch(sentinels, metrics: metrics, on: eventLoops.next(), logger: logger) { primary in
                    failovers.followed(to: primary)
                    shard.renew("\(primary) is the primary now")
                }
            }
            shards = RedisShards(only: shard, gauges: gauges)
            children =
                shard.children
                + (watch.map { [SupervisedChild("redis-sentinel", policy: policy, isConnection: true, service: $0)] }
                    ?? [])
                + childrenOf(shard)
        }
    }
}
