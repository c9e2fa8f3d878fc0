internal import Logging
internal import NIOCore
internal import ServiceLifecycle
package import Supervision

/// This node's connections to one primary: one to publish, one to read, and the subscribers. One Redis, or one that
/// Sentinels watch, is one shard; a Redis Cluster has as many as primaries.
///
/// Owned by the `RedisService`, whose supervisor runs `children`; each connection reconnects for as long as it takes.
package final class RedisShard: Sendable {
    /// The address of the primary in a cluster, otherwise what `REDIS_URL` names.
    package let name: String
    package let publish: RedisLink
    package let read: RedisLink
    package let subscribers: [RedisSubscriber]
    package let health: RedisHealth
    package let memory: RedisMemoryCheck
    private let reconnect: Backoff
    /// Whether a server of the wrong kind ends the node's start: not in a cluster, whose map changes.
    private let isNamed: Bool

    package init(
        name: String, publish: RedisLink, read: RedisLink, subscribers: [RedisSubscriber], health: RedisHealth,
        memory: RedisMemoryCheck, reconnect: Backoff, isNamed: Bool = true
    ) {
        self.name = name
        self.publish = publish
        self.read = read
        self.subscribers = subscribers
        self.health = health
        self.memory = memory
        self.reconnect = reconnect
        self.isNamed = isNamed
    }

    /// - `changed`: called when what the shard reports has changed.
    convenience init(
        _ name: String, _ configuration: RedisConfiguration, subscribers count: Int, setup: RedisService.Setup,
        on eventLoops: any EventLoopGroup, metrics: RedisMetrics, logger: Logger,
        changed: @escaping @Sendable () -> Void
    ) {
        let health = RedisHealth(logger: logger, changed: changed)
        func link(_ purpose: RedisPurpose, _ setup: [RedisCommand]) -> RedisLink {
            RedisLink(
                purpose, configuration: configuration, setup: setup, on: eventLoops.next(), metrics: metrics,
                health: health, logger: logger)
        }
        let read = link(.read, setup.read)
        self.init(
            name: name, publish: link(.publish, setup.publish), read: read,
            subscribers: (0..<max(1, count)).map {
                RedisSubscriber(
                    $0, configuration: configuration, on: eventLoops.next(), metrics: metrics, health: health,
                    logger: logger)
            },
            health: health, memory: RedisMemoryCheck(link: read, logger: logger, changed: changed),
            reconnect: configuration.reconnect, isNamed: configuration.serverKind != .clusterNode)
    }

    /// Replaces all connections, which may only look healthy.
    package func renew(_ reason: String) {
        for link in [publish, read] { link.renew(reason) }
        for subscriber in subscribers { subscriber.renew(reason) }
    }

    /// In start order.
    package var children: [SupervisedChild] {
        let policy = RestartPolicy(forever: reconnect)
        return [publish, read].map { child("redis-\($0.purpose)", policy, $0) }
            + subscribers.map { child("redis-\($0.purpose)", policy, $0) }
            + [SupervisedChild("redis-memory", policy: policy, isConnection: true, service: memory)]
    }

    private func child(_ name: String, _ policy: RestartPolicy, _ connection: any Service) -> SupervisedChild {
        SupervisedChild(
            name, policy: policy,
            // REDIS_URL cannot be right: better not to start. Later, it may be a mistake of those who replace a server.
            isBeyondRepair: { [health, isNamed] in
                ($0 as? RedisError)?.code == .wrongKind && isNamed && !health.wasConnected
            },
            // RedisHealth logs failures, once for all of them.
            isConnection: true, reportsFailures: true, service: connection)
    }
}
