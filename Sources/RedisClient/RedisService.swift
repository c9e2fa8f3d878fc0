package import Logging
package import NIOCore
internal import ServiceLifecycle
package import Supervision

/// This node's Redis connections: one to publish, one to read, and the subscribers.
///
/// `children` keeps them running; each reconnects for as long as it takes.
package struct RedisService: Sendable {
    package let publish: RedisLink
    package let read: RedisLink
    package let subscribers: [RedisSubscriber]
    package let health: RedisHealth
    package let memory: RedisMemoryCheck
    private let reconnect: Backoff
    /// `nil`: there are no Sentinels.
    private let watch: RedisSentinelWatch?

    /// - Parameters:
    ///   - publishSetup, readSetup: run on every new connection of that kind, for example `SCRIPT LOAD`.
    ///   - eventLoops: assigned to the connections in turn.
    package init(
        _ configuration: RedisConfiguration, subscribers count: Int, publishSetup: [RedisCommand],
        readSetup: [RedisCommand], on eventLoops: any EventLoopGroup, metrics: RedisMetrics, logger: Logger
    ) {
        let health = RedisHealth(metrics: metrics, logger: logger)
        self.health = health
        reconnect = configuration.reconnect
        publish = RedisLink(
            .publish, configuration: configuration, setup: publishSetup, on: eventLoops.next(), metrics: metrics,
            health: health, logger: logger)
        read = RedisLink(
            .read, configuration: configuration, setup: readSetup, on: eventLoops.next(), metrics: metrics,
            health: health, logger: logger)
        subscribers = (0..<max(1, count)).map {
            RedisSubscriber(
                $0, configuration: configuration, on: eventLoops.next(), metrics: metrics, health: health,
                logger: logger)
        }
        memory = RedisMemoryCheck(link: read, metrics: metrics, logger: logger)
        let renew = { @Sendable [publish, read, subscribers] (reason: String) in
            for link in [publish, read] { link.renew(reason) }
            for subscriber in subscribers { subscriber.renew(reason) }
        }
        watch = configuration.sentinels.map {
            RedisSentinelWatch($0, metrics: metrics, on: eventLoops.next(), logger: logger, renew: renew)
        }
    }

    /// For the node's supervisor, in start order.
    package var children: [SupervisedChild] {
        let policy = RestartPolicy(forever: reconnect)
        let watches = watch.map { [SupervisedChild("redis-sentinel", policy: policy, service: $0)] } ?? []
        let connections: [any Service] = [publish, read] + subscribers
        let purposes = [publish.purpose, read.purpose] + subscribers.map(\.purpose)
        return zip(purposes, connections).map {
            // RedisHealth logs failures, once for all of them.
            SupervisedChild("redis-\($0)", policy: policy, reportsFailures: true, service: $1)
        } + watches + [SupervisedChild("redis-memory", policy: policy, service: memory)]
    }
}
