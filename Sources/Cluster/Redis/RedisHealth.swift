internal import ChatModel
internal import CoreMetrics
internal import Synchronization

/// Which of this node's connections to Redis stand. Not ready while one is missing.
///
/// The links and subscribers tell it; it may be asked from any thread.
package final class RedisHealth: ReadinessCheck, Sendable {
    private struct State {
        var standing: [RedisPurpose: Bool] = [:]
        /// Why the last try to connect failed, or the last connection went.
        var failure: RedisError?
    }

    private let metrics: ClusterMetrics
    private let state = Mutex(State())

    package init(metrics: ClusterMetrics) {
        self.metrics = metrics
        metrics.relayConnected.record(0)
    }

    package var unreadyReason: String? {
        let (standing, failure) = state.withLock { ($0.standing, $0.failure) }
        let missing = standing.filter { !$0.value }.map { "\($0.key)" }
        guard !missing.isEmpty else { return nil }
        let reason = failure.map { ": \($0)" } ?? "; check REDIS_URL and that Redis runs"
        return "no connection to Redis (\(missing.sorted().joined(separator: ", ")))\(reason)"
    }

    func expect(_ purpose: RedisPurpose) {
        state.withLock { $0.standing[purpose] = false }
    }

    func changed(_ purpose: RedisPurpose, connected: Bool) {
        state.withLock { state in
            state.standing[purpose] = connected
            // Reading may be away: the relay still carries messages.
            let carries = state.standing.allSatisfy { $0.key == .read || $0.value }
            metrics.relayConnected.record(carries ? 1 : 0)
        }
    }

    /// A connection could not be made, or was lost.
    func failed(_ reason: any Error) {
        state.withLock { $0.failure = reason as? RedisError }
    }
}
