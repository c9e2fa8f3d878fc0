internal import Supervision

/// The state of a node's connections to Redis, and what to log: one line for all of them, because they come and go
/// together. Pure.
///
/// A lost connection is reopened at once. If that succeeds, one line says so; otherwise the outage is logged with its
/// cause, and its end.
struct RedisOutageStateMachine: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Line: Hashable, Sendable {
        /// For the first time, at the first attempt.
        case connected
        /// - `lost`: number of losses since the last such line.
        case mended(after: Duration, reason: String, lost: Int)
        case outage(reason: String, missing: [String])
        case outageContinues(reason: String, missing: [String], attempts: Int, within: Duration)
        case outageEnded(OutageReport.Summary)
    }

    private var standing: [RedisPurpose: Bool] = [:]
    /// The first loss not recovered from yet.
    private var loss: (at: Instant, reason: String)?
    private var outage = OutageReport()
    /// Losses recovered from at once, which may keep recurring.
    private var losses = OutageReport()
    private var lastLoss: Instant?
    private var unreportedLosses = 0

    /// Whether messages can be delivered: that does not need the read connection.
    var carries: Bool { standing.allSatisfy { $0.key == .read || $0.value } }

    var missing: [String] { standing.filter { !$0.value }.map { "\($0.key)" }.sorted() }

    /// Whether any was ever open.
    private(set) var wasConnected = false

    mutating func expect(_ purpose: RedisPurpose) { standing[purpose] = false }

    mutating func closed(_ purpose: RedisPurpose) { standing[purpose] = false }

    mutating func opened(_ purpose: RedisPurpose, now: Instant) -> Line? {
        standing[purpose] = true
        wasConnected = true
        guard standing.values.allSatisfy(\.self) else { return nil }
        defer { loss = nil }
        if let summary = outage.ended(now: now) { return .outageEnded(summary) }
        guard let loss else { return .connected }
        return mended(loss.at, loss.reason, now: now)
    }

    /// An open connection was lost.
    mutating func lost(reason: String, now: Instant) {
        if loss == nil { loss = (now, reason) }
    }

    /// A connection could not be opened.
    mutating func attemptFailed(reason: String, now: Instant) -> Line? {
        switch outage.failed(now: now, since: loss?.at) {
        case .begins: .outage(reason: reason, missing: missing)
        case .continues(let attempts, let span):
            .outageContinues(reason: reason, missing: missing, attempts: attempts, within: span)
        case .nothing: nil
        }
    }

    private mutating func mended(_ lostAt: Instant, _ reason: String, now: Instant) -> Line? {
        if let lastLoss, now - lastLoss >= OutageReport.interval { _ = losses.ended(now: now) }
        lastLoss = now
        unreportedLosses += 1
        guard losses.failed(now: now) != .nothing else { return nil }
        defer { unreportedLosses = 0 }
        return .mended(after: now - lostAt, reason: reason, lost: unreportedLosses)
    }
}
