internal import Logging
internal import NIOCore
internal import Operations
internal import ServiceLifecycle
internal import Supervision

/// Hears from a Sentinel that there is a new primary, and has every connection replaced at once: the old primary may be
/// frozen, or still answer.
///
/// `run()` subscribes, and throws when the connection is lost; a `Supervisor` runs it again, with another Sentinel.
final class RedisSentinelWatch: Service {
    private let sentinels: RedisSentinels
    private let metrics: RedisMetrics
    private let eventLoop: any EventLoop
    private let logger: Logger
    /// Replaces all connections to the primary.
    private let follow: @Sendable (_ primary: HostPort) -> Void

    init(
        _ sentinels: RedisSentinels, metrics: RedisMetrics, on eventLoop: any EventLoop, logger: Logger,
        follow: @escaping @Sendable (_ primary: HostPort) -> Void
    ) {
        self.sentinels = sentinels
        self.metrics = metrics
        self.eventLoop = eventLoop
        self.logger = logger
        self.follow = follow
    }

    func run() async throws {
        let connection = try await sentinels.watch(self, metrics: metrics, on: eventLoop)
        await connection.serve(opened: {}, closed: { [sentinels] in sentinels.unwatched() })
        do {
            // A failover may have happened before this subscription.
            let known = sentinels.primary
            let primary = try await sentinels.findPrimary(metrics: metrics, on: eventLoop)
            if let known, known != primary { moved(to: primary) }
        } catch {
            await connection.close(RedisError(.stopped, "this node asks another Sentinel"))
            throw error
        }
        guard let reason = await connection.closedOrStopped() else { return }
        throw reason
    }

    private func moved(to primary: HostPort) {
        logger.notice("Redis has failed over", metadata: [LogKey.endpoint: "\(primary)"])
        follow(primary)
    }
}

extension RedisSentinelWatch: RedisPushReceiver {
    /// `<name> <old host> <old port> <new host> <new port>`, of any primary that the Sentinel watches.
    func pushed(_ push: RedisPush) {
        guard case .message(_, let payload) = push else { return }
        let words = String(decoding: payload, as: UTF8.self).split(separator: " ")
        guard words.count == 5, words[0] == sentinels.name, let port = Int(words[4]) else { return }
        moved(to: HostPort(host: String(words[3]), port: port))
    }

    func readCycleEnded() {}
}
