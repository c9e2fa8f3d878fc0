/// Measures how long the whole crowd takes to recover: from the first client that notices a disruption (its socket
/// closes, or the server answers `unavailable`) until all clients are in every room and everything unacknowledged at
/// that moment is acknowledged. Messages sent later do not count, or a busy crowd would never recover.
///
/// Pure; part of `CrowdRecord`.
struct Healing: Sendable {
    private enum State {
        case well
        case disturbed(since: ContinuousClock.Instant)
        /// All clients were live at `liveAt`, with `waiting` messages unacknowledged.
        case draining(since: ContinuousClock.Instant, liveAt: ContinuousClock.Instant, waiting: Int)
    }

    private var state = State.well
    private(set) var times = DurationHistogram()

    var isHealthy: Bool {
        if case .well = state { true } else { false }
    }

    mutating func disturbed(at now: ContinuousClock.Instant) {
        switch state {
        case .well: state = .disturbed(since: now)
        case .disturbed: break
        case .draining(let since, _, _): state = .disturbed(since: since)
        }
    }

    mutating func allAreLive(waiting: Int, at now: ContinuousClock.Instant) {
        guard case .disturbed(let since) = state else { return }
        state = .draining(since: since, liveAt: now, waiting: waiting)
        endIfDrained(at: now)
    }

    /// A message sent at that time was settled.
    mutating func settled(sentAt: ContinuousClock.Instant, at now: ContinuousClock.Instant) {
        guard case .draining(let since, let liveAt, let waiting) = state, sentAt <= liveAt else { return }
        state = .draining(since: since, liveAt: liveAt, waiting: waiting - 1)
        endIfDrained(at: now)
    }

    private mutating func endIfDrained(at now: ContinuousClock.Instant) {
        guard case .draining(let since, _, let waiting) = state, waiting <= 0 else { return }
        times.record(now - since)
        state = .well
    }
}
