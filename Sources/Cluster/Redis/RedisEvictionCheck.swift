internal import ChatModel
package import Logging
internal import ServiceLifecycle
internal import Synchronization

/// Asks Redis now and then what it does when its memory is full. Only `noeviction` keeps the promises: any other policy
/// drops rooms' logs without a word, so the node is not ready with it.
///
/// `INFO` is asked and not `CONFIG GET`, which hosted servers often forbid. Where Redis will not say, the node goes on,
/// with a warning.
package final class RedisEvictionCheck: ReadinessCheck, Service, Sendable {
    enum Finding: Hashable, Sendable {
        case unknown
        case policy(String)
        /// Redis does not tell this user, and why.
        case refused(String)
    }

    private let link: RedisLink
    private let logger: Logger
    private let finding = Mutex(Finding.unknown)

    package init(link: RedisLink, logger: Logger) {
        self.link = link
        self.logger = logger
    }

    package var unreadyReason: String? {
        switch finding.withLock({ $0 }) {
        case .policy("noeviction"), .refused: nil
        case .unknown: "Redis has not said yet what it does when its memory is full"
        case .policy(let policy):
            "Redis would drop messages when its memory is full (maxmemory-policy \(policy)); set it to noeviction"
        }
    }

    package func run() async throws {
        try await cancelWhenGracefulShutdown { try await self.askNowAndThen() }
    }

    private func askNowAndThen() async throws {
        while true {
            let known = await ask()
            // Soon, until Redis can be reached; then now and then, for it may be reconfigured or replaced.
            try await Task.sleep(for: known ? .seconds(30) : .milliseconds(250))
        }
    }

    private func ask() async -> Bool {
        let found: Finding
        do throws(RedisError) {
            let text = try await link.send(RedisCommand(.setup, "INFO", "memory")).string()
            found = Self.policy(in: text).map { .policy($0) } ?? .refused("INFO memory has no maxmemory_policy")
        } catch {
            guard case .server = error.code else { return false }
            found = .refused(error.message)
        }
        let changed = finding.withLock { finding in
            defer { finding = found }
            return finding != found
        }
        if changed { log(found) }
        return true
    }

    private func log(_ finding: Finding) {
        switch finding {
        case .unknown, .policy("noeviction"): break
        case .policy(let policy):
            logger.warning(
                "Redis evicts keys when its memory is full: set maxmemory-policy to noeviction",
                metadata: [LogKey.reason: "\(policy)"])
        case .refused(let reason):
            logger.warning(
                "Redis does not tell its maxmemory-policy: make sure that it is noeviction",
                metadata: [LogKey.reason: "\(reason)"])
        }
    }

    static func policy(in info: String) -> String? {
        info.split(whereSeparator: \.isNewline)
            .first { $0.hasPrefix("maxmemory_policy:") }
            .map { String($0.dropFirst("maxmemory_policy:".count)) }
    }
}
