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
        metrics.connected.record(shards.contains { $0.health.carries } ? 1 : 0)
        metrics.memoryRatio.record(shards.map(\.memory.fill).max() ?? 0)
        let replicas = shards.flatMap(\.memory.replicas).filter(\.isOnline)
        metrics.replicas.record(replicas.count)
        metrics.replicaLag.record(replicas.map(\.lagBytes).max() ?? 0)
    }
}
