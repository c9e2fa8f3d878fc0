internal import CoreMetrics
internal import Synchronization

/// Shows what all shards together report: a node has one value of each gauge. Safe from any thread.
package final class RedisGauges: Sendable {
    private let metrics: RedisMetrics
    private let shards = Mutex<[RedisShard]>([])

    package init(_ metrics: RedisMetrics) { self.metrics = metrics }

    func show(_ current: [RedisShard]) {
        shards.withLock { $0 = current }
        update()
    }

    /// A shard reports something new.
    func update() {
        let shards = shards.withLock { $0 }
        let connected = shards.count { $0.health.carries }
        metrics.connected.record(connected == shards.count && connected > 0 ? 1 : 0)
        metrics.shardsConnected.record(connected)
        metrics.shardsAway.record(shards.count - connected)
        metrics.memoryRatio.record(shards.map(\.memory.fill).max() ?? 0)
        let replicas = shards.flatMap(\.memory.replicas).filter(\.isOnline)
        metrics.replicas.record(replicas.count)
        metrics.replicaLag.record(replicas.map(\.lagBytes).max() ?? 0)
    }
}
