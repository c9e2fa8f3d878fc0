internal import CoreMetrics
package import Operations
internal import Synchronization

/// Which failovers this node has followed. Safe from any thread.
package final class RedisFailovers: Sendable {
    package struct Failover: Hashable, Sendable {
        package let primary: HostPort
        package let at: ContinuousClock.Instant
    }

    private let metrics: RedisMetrics
    private let latest = Mutex<Failover?>(nil)

    init(metrics: RedisMetrics) { self.metrics = metrics }

    package var last: Failover? { latest.withLock { $0 } }

    func followed(to primary: HostPort) {
        metrics.failovers.increment()
        latest.withLock { $0 = Failover(primary: primary, at: .now) }
    }
}
