package import Logging
internal import Operations
internal import ServiceLifecycle
internal import Synchronization

/// Polls a shard's memory use, eviction policy and replicas.
///
/// Only the policy `noeviction` keeps our promises: any other one silently drops logs, so the node is not ready with
/// it. Before memory is full, `isNearlyFull` makes rooms free as much as they add (`publish.lua`), so that one user
/// filling Redis does not silence all others.
///
/// Uses `INFO`, because hosted servers often forbid `CONFIG GET`. If Redis refuses that too, the node goes on with a
/// warning.
package final class RedisMemoryCheck: ReadinessCheck, Service, Sendable {
    enum Finding: Hashable, Sendable {
        case unknown
        case policy(String)
        /// Redis refused to report it, and why.
        case refused(String)
    }

    /// Nearly full from the first fraction of `maxmemory` until below the second. What remains is for data other than
    /// messages: dedupe keys, presence, node cards.
    private static let nearlyFull = 0.9
    private static let relaxed = 0.85
    /// One address may write 16 MB at once (`WRITE_MB_PER_ADDRESS`).
    private static let interval = Duration.seconds(2)

    private let link: RedisLink
    private let logger: Logger
    private let changed: @Sendable () -> Void
    private let finding = Mutex(Finding.unknown)
    private let isTight = Atomic(false)
    private let latest = Mutex((fill: 0.0, replicas: [RedisReplica]()))

    /// - `changed`: called after each poll.
    package init(link: RedisLink, logger: Logger, changed: @escaping @Sendable () -> Void = {}) {
        self.link = link
        self.logger = logger
        self.changed = changed
    }

    /// Fraction of `maxmemory` in use; 0 without a limit.
    package var fill: Double { latest.withLock { $0.fill } }
    package var replicas: [RedisReplica] { latest.withLock { $0.replicas } }

    package var unreadyReason: String? {
        switch finding.withLock({ $0 }) {
        case .policy("noeviction"), .refused: nil
        case .unknown: "Redis' maxmemory-policy is not known yet"
        case .policy(let policy):
            "Redis would drop messages when its memory is full (maxmemory-policy \(policy)): set it to noeviction"
        }
    }

    package var degradedReason: String? {
        isNearlyFull ? "Redis' memory is nearly full: new rooms are refused, and rooms drop their oldest messages" : nil
    }

    /// Read for each message, on every event loop.
    package var isNearlyFull: Bool { isTight.load(ordering: .relaxed) }

    package func run() async throws {
        try await cancelWhenGracefulShutdown { try await self.check() }
    }

    private func check() async throws {
        while true {
            let known = await ask()
            // Soon, until Redis responds; then regularly, because it may be reconfigured or replaced.
            try await Task.sleep(for: known ? Self.interval : .milliseconds(250))
        }
    }

    private func ask() async -> Bool {
        var found: Finding
        do throws(RedisError) {
            let info = Self.fields(of: try await link.send(RedisCommand(.setup, "INFO", "memory")).string())
            found = info["maxmemory_policy"].map { .policy($0) } ?? .refused("INFO memory has no maxmemory_policy")
            let replication = Self.fields(of: try await link.send(RedisCommand(.setup, "INFO", "replication")).string())
            latest.withLock { $0 = (Self.ratio(in: info), RedisReplica.all(in: replication)) }
            notice(Self.ratio(in: info))
        } catch {
            guard case .server = error.code else { return false }
            found = .refused(error.message)
        }
        let isNew = finding.withLock { finding in
            defer { finding = found }
            return finding != found
        }
        if isNew { log(found) }
        changed()
        return true
    }

    private func notice(_ used: Double) {
        let before = isNearlyFull
        let after = used >= (before ? Self.relaxed : Self.nearlyFull)
        guard before != after else { return }
        isTight.store(after, ordering: .relaxed)
        if after {
            logger.warning(
                "Redis' memory is nearly full: new rooms are refused, and rooms drop their oldest messages",
                metadata: [LogKey.reason: "\(Int(used * 100)) % of maxmemory in use"])
        } else {
            logger.notice("Redis has free memory again")
        }
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
                "Redis does not report its maxmemory-policy: make sure it is noeviction",
                metadata: [LogKey.reason: "\(reason)"])
        }
    }

    static func fields(of info: String) -> [String: String] {
        let pairs = info.split(whereSeparator: \.isNewline).compactMap { line -> (String, String)? in
            let parts = line.split(separator: ":", maxSplits: 1)
            return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    /// The fraction of `maxmemory` in use, 0 to 1, as Redis counts it when it refuses writes; 0 without a limit.
    static func ratio(in fields: [String: String]) -> Double {
        func number(_ name: String) -> Double { fields[name].flatMap { UInt64($0) }.map { Double($0) } ?? 0 }
        let most = number("maxmemory")
        guard most > 0 else { return 0 }
        return min(1, max(0, number("used_memory") - number("mem_not_counted_for_evict")) / most)
    }
}
