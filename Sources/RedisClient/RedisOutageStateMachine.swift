internal import Supervision

/// Which of a node's connections to Redis stand, and what the log says of them: one line for all of them and not one
/// each, for they come and go together. Pure.
///
/// A connection that was lost is made anew at once. If that works, there is one line that it was; if not, there is an
/// outage, with its cause, and its end.
struct RedisOutageStateMachine: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Line: Hashable, Sendable {
        /// For the first time, at the first try.
        case connected
        /// - `lost`: how often, since people heard of such a loss last.
        case mended(after: Duration, reason: String, lost: Int)
        case outage(reason: String, missing: [String])
        case outageGoesOn(reason: String, missing: [String], attempts: Int, within: Duration)
        case outageEnded(OutageReport.Summary)
    }

    private var standing: [RedisPurpose: Bool] = [:]
    /// The first loss that is not mended yet.
    private var loss: (at: Instant, reason: String)?
    private var outage = OutageReport()
    /// Of losses that were mended at once, which may come again and again.
    private var losses = OutageReport()
    private var lastLoss: Instant?
    private var untoldLosses = 0

    /// Whether messages can be carried: reading may be away meanwhile.
    var carries: Bool { standing.allSatisfy { $0.key == .read || $0.value } }

    var missing: [String] { standing.filter { !$0.value }.map { "\($0.key)" }.sorted() }

    mutating func expect(_ purpose: RedisPurpose) { standing[purpose] = false }

    mutating func closed(_ purpose: RedisPurpose) { standing[purpose] = false }

    mutating func opened(_ purpose: RedisPurpose, now: Instant) -> Line? {
        standing[purpose] = true
        guard standing.values.allSatisfy(\.self) else { return nil }
        defer { loss = nil }
        if let summary = outage.ended(now: now) { return .outageEnded(summary) }
        guard let loss else { return .connected }
        return mended(loss.at, loss.reason, now: now)
    }

    /// A connection that stood was lost.
    mutating func lost(reason: String, now: Instant) {
        if loss == nil { loss = (now, reason) }
    }

    /// A connection could not be made.
    mutating func attemptFailed(reason: String, now: Instant) -> Line? {
        switch outage.failed(now: now, since: loss?.at) {
        case .begins: .outage(reason: reason, missing: missing)
        case .goesOn(let attempts, let span):
            .outageGoesOn(reason: reason, missing: missing, attempts: attempts, within: span)
        case .nothing: nil
        }
    }

    private mutating func mended(_ lostAt: Instant, _ reason: String, now: Instant) -> Line? {
        if let lastLoss, now - lastLoss >= OutageReport.interval { _ = losses.ended(now: now) }
        lastLoss = now
        untoldLosses += 1
        guard losses.failed(now: now) != .nothing else { return nil }
        defer { untoldLosses = 0 }
        return .mended(after: now - lostAt, reason: reason, lost: untoldLosses)
    }
}
