/// How long the whole crowd took to be well again: from the first client that notices a disturbance (its socket closes,
/// or the server says `unavailable`) until everybody is in every room and what waited then is acknowledged. What is sent
/// meanwhile does not count, or a busy crowd would never be well.
///
/// Pure; part of `CrowdRecord`.
struct Healing: Sendable {
    private enum State {
        case well
        case disturbed(since: ContinuousClock.Instant)
        /// Everybody was live at `liveAt`, when `waiting` messages had no ack.
        case draining(since: ContinuousClock.Instant, liveAt: ContinuousClock.Instant, waiting: Int)
    }

    private var state = State.well
    private(set) var times = DurationHistogram()

    var isWell: Bool {
        if case .well = state { true } else { false }
    }

    mutating func disturbed(at now: ContinuousClock.Instant) {
        switch state {
        case .well: state = .disturbed(since: now)
        case .disturbed: break
        case .draining(let since, _, _): state = .disturbed(since: since)
        }
    }

    mutating func everybodyIsLive(waiting: Int, at now: ContinuousClock.Instant) {
        guard case .disturbed(let since) = state else { return }
        state = .draining(since: since, liveAt: now, waiting: waiting)
        endIfDrained(at: now)
    }

    /// A message that was sent at that time waits no longer.
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
