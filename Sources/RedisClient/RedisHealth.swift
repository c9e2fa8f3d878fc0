package import Logging
internal import Operations
internal import Supervision
internal import Synchronization

/// The state of this node's connections to a shard. Not ready while one is missing; one log line covers all of them.
///
/// Updated by the links and subscribers; may be read from any thread.
package final class RedisHealth: ReadinessCheck, Sendable {
    private struct State {
        var connections = RedisOutageStateMachine()
        /// Why the last attempt failed, or the last connection was lost.
        var failure: RedisError?
    }

    private let logger: Logger
    private let changed: @Sendable () -> Void
    private let state = Mutex(State())

    /// - `changed`: called after a connection was opened or closed.
    package init(logger: Logger, changed: @escaping @Sendable () -> Void = {}) {
        self.logger = logger
        self.changed = changed
    }

    /// Whether messages can be delivered.
    package var carries: Bool { state.withLock { $0.connections.carries } }

    /// Whether there has ever been a connection.
    var wasConnected: Bool { state.withLock { $0.connections.wasConnected } }

    package var unreadyReason: String? {
        let (missing, failure) = state.withLock { ($0.connections.missing, $0.failure) }
        guard !missing.isEmpty else { return nil }
        let reason = failure.map { ": \($0)" } ?? "; check REDIS_URL and that Redis is running"
        return "no connection to Redis (\(missing.joined(separator: ", ")))\(reason)"
    }

    func expect(_ purpose: RedisPurpose) {
        state.withLock { $0.connections.expect(purpose) }
    }

    func opened(_ purpose: RedisPurpose) {
        let line = state.withLock { $0.connections.opened(purpose, now: .now) }
        changed()
        if let line { log(line) }
    }

    func closed(_ purpose: RedisPurpose) {
        state.withLock { $0.connections.closed(purpose) }
        changed()
    }

    /// A connection could not be opened, or was lost.
    func failed(_ error: any Error) {
        let line = state.withLock { state -> RedisOutageStateMachine.Line? in
            let reason = "\(error)"
            state.failure = error as? RedisError
            if let code = state.failure?.code, [.connectFailed, .wrongKind].contains(code) {
                return state.connections.attemptFailed(reason: reason, now: .now)
            }
            state.connections.lost(reason: reason, now: .now)
            return nil
        }
        if let line { log(line) }
    }

    private func log(_ line: RedisOutageStateMachine.Line) {
        switch line {
        case .connected:
            logger.info("connected to Redis")
        case .mended(let time, let reason, let lost):
            logger.notice(
                "reconnected to Redis",
                metadata: [LogKey.error: "\(reason)", LogKey.lasted: "\(time.plain)", LogKey.losses: "\(lost)"])
        case .outage(let reason, let missing):
            logger.warning(
                "no connection to Redis, reconnecting",
                metadata: [LogKey.error: "\(reason)", LogKey.missing: "\(missing.joined(separator: ", "))"])
        case .outageContinues(let reason, let missing, let attempts, let span):
            logger.warning(
                "still no connection to Redis",
                metadata: [
                    LogKey.error: "\(reason)", LogKey.missing: "\(missing.joined(separator: ", "))",
                    LogKey.attempts: "\(attempts)", LogKey.within: "\(span.plain)",
                ])
        case .outageEnded(let summary):
            logger.notice(
                "Redis connections restored",
                metadata: [LogKey.lasted: "\(summary.lasted.plain)", LogKey.attempts: "\(summary.failures)"])
        }
    }
}
