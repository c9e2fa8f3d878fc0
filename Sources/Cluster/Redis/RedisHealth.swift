internal import ChatModel
internal import CoreMetrics
internal import Synchronization

/// Which of this node's connections to Redis stand. Not ready while one is missing.
///
/// The links and subscribers tell it; it may be asked from any thread.
package final class RedisHealth: ReadinessCheck, Sendable {
    private let metrics: ClusterMetrics
    private let standing = Mutex<[RedisPurpose: Bool]>([:])

    package init(metrics: ClusterMetrics) {
        self.metrics = metrics
        metrics.relayConnected.record(0)
    }

    package var unreadyReason: String? {
        let missing = standing.withLock { $0.filter { !$0.value }.map { "\($0.key)" } }
        guard !missing.isEmpty else { return nil }
        return
            "no connection to Redis (\(missing.sorted().joined(separator: ", "))); check REDIS_URL and that Redis runs"
    }

    func expect(_ purpose: RedisPurpose) {
        standing.withLock { $0[purpose] = false }
    }

    func changed(_ purpose: RedisPurpose, connected: Bool) {
        standing.withLock { standing in
            standing[purpose] = connected
            // Reading may be away: the relay still carries messages.
            let carries = standing.allSatisfy { $0.key == .read || $0.value }
            metrics.relayConnected.record(carries ? 1 : 0)
        }
    }
}
