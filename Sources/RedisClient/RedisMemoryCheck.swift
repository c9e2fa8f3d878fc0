internal import CoreMetrics
package import Logging
internal import Operations
internal import ServiceLifecycle
internal import Synchronization

/// Asks Redis every few seconds how full its memory is, and what it does when it is full.
///
/// Only the policy `noeviction` keeps the promises: any other one drops rooms' logs without a word, so the node is not ready
/// with it. And before memory is full, `isNearlyFull` makes rooms live on what they have (`publish.lua`): a stranger who fills
/// Redis must not silence everybody else.
///
/// `INFO` is asked and not `CONFIG GET`, which hosted servers often forbid. Where Redis will not say, the node goes on,
/// with a warning.
package final class RedisMemoryCheck: ReadinessCheck, Service, Sendable {
    enum Finding: Hashable, Sendable {
        case unknown
        case policy(String)
        /// Redis does not tell this user, and why.
        case refused(String)
    }

    /// Nearly full from the first part of `maxmemory` on, until less than the second is used. What is between the first and
    /// the limit is for what is no message: keys that are remembered, who is there, the nodes' cards.
    private static let nearlyFull = 0.9
    private static let roomAgain = 0.85
    /// One address may fill 16 MB at once (`WRITE_MB_PER_ADDRESS`).
    private static let interval = Duration.seconds(2)

    private let link: RedisLink
    private let logger: Logger
    private let ratio: Gauge
    private let finding = Mutex(Finding.unknown)
    private let isTight = Atomic(false)

    package init(link: RedisLink, metrics: RedisMetrics, logger: Logger) {
        self.link = link
        ratio = metrics.memoryRatio
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

    package var degradedReason: String? {
        isNearlyFull ? "Redis' memory is nearly full: new rooms are refused, and rooms drop their oldest messages" : nil
    }

    /// Read for each message, on every event loop.
    package var isNearlyFull: Bool { isTight.load(ordering: .relaxed) }

    package func run() async throws {
        try await cancelWhenGracefulShutdown { try await self.askNowAndThen() }
    }

    private func askNowAndThen() async throws {
        while true {
            let known = await ask()
            // Soon, until Redis can be reached; then now and then, for it may be reconfigured or replaced.
            try await Task.sleep(for: known ? Self.interval : .milliseconds(250))
        }
    }

    private func ask() async -> Bool {
        let found: Finding
        do throws(RedisError) {
            let info = Self.fields(of: try await link.send(RedisCommand(.setup, "INFO", "memory")).string())
            found = info["maxmemory_policy"].map { .policy($0) } ?? .refused("INFO memory has no maxmemory_policy")
            fills(to: Self.ratio(in: info))
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

    private func fills(to used: Double) {
        ratio.record(used)
        let before = isNearlyFull
        let after = used >= (before ? Self.roomAgain : Self.nearlyFull)
        guard before != after else { return }
        isTight.store(after, ordering: .relaxed)
        if after {
            logger.warning(
                "Redis' memory is nearly full: new rooms are refused, and rooms drop their oldest messages",
                metadata: [LogKey.reason: "\(Int(used * 100)) % of maxmemory is used"])
        } else {
            logger.notice("Redis has memory again")
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
                "Redis does not tell its maxmemory-policy: make sure that it is noeviction",
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

    /// How much of `maxmemory` counts as used when Redis decides whether to refuse a write, 0 to 1 whatever it says; 0 where
    /// it has no limit.
    static func ratio(in fields: [String: String]) -> Double {
        func number(_ name: String) -> Double { fields[name].flatMap { UInt64($0) }.map { Double($0) } ?? 0 }
        let most = number("maxmemory")
        guard most > 0 else { return 0 }
        return min(1, max(0, number("used_memory") - number("mem_not_counted_for_evict")) / most)
    }
}
