internal import Supervision

/// When the keys are fetched: at start, then every ten minutes; after a failure sooner; and when a token names a key
/// that is not known, but for such tokens at most once a minute, since anybody can make them.
///
/// Pure; owned by the `KeySetService`.
struct KeyRefresh {
    static let interval = Duration.seconds(600)
    static let leastBetweenRequests = Duration.seconds(60)

    private var backoff = Backoff(base: .seconds(2), cap: .seconds(60))
    private var lastRequested: ContinuousClock.Instant?

    /// Whether a token's unknown key is a reason to fetch now.
    mutating func request(now: ContinuousClock.Instant) -> Bool {
        if let lastRequested, now - lastRequested < Self.leastBetweenRequests { return false }
        lastRequested = now
        return true
    }

    /// - Returns: when to fetch next: in nine to eleven minutes, so that nodes that started together part.
    mutating func succeeded(draw: Backoff.Draw = { .random(in: $0) }) -> Duration {
        backoff.reset()
        return Self.interval + .milliseconds(draw(-60_000...60_000))
    }

    mutating func failed(draw: Backoff.Draw = { .random(in: $0) }) -> Duration {
        // Never at once: an issuer that answers with an error does so quickly.
        .seconds(1) + backoff.next(draw: draw)
    }
}
