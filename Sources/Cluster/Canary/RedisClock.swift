import ChatModel

/// Estimates Redis' clock without asking every time.
///
/// Uses Cristian's algorithm (Probabilistic clock synchronization, 1989): the reply is assumed to be valid half-way
/// between request and reply, so the error is at most half the round trip. Between replies this process' monotonic
/// clock runs on; wall clocks are not involved.
struct RedisClock {
    typealias Instant = ContinuousClock.Instant

    /// Slower replies are too imprecise.
    static let longestAnswer = Duration.seconds(1)

    /// Assumed drift between replies: one part in this many (50 ppm, a common quartz).
    static let drift: Int64 = 20_000

    /// Redis' time in microseconds since 1970, the local instant it refers to, and its maximum error.
    private var reference: (microseconds: Int64, at: Instant, within: Int64)?

    mutating func told(_ microseconds: Int64, asked: Instant, answered: Instant) {
        guard answered - asked <= Self.longestAnswer else { return }
        let half = (answered - asked) / 2
        let (middle, within) = (asked + half, half.microseconds)
        // Ignore an imprecise reply that agrees with a better one. If they disagree, the clock was set.
        if let known = time(now: middle), known.within < within {
            let (distance, overflow) = microseconds.subtractingReportingOverflow(known.microseconds)
            if !overflow, distance.magnitude <= UInt64(known.within + within) { return }
        }
        reference = (microseconds, middle, within)
    }

    /// The current time. `nil`: no reply yet.
    func time(now: Instant) -> LogTime? {
        guard let reference else { return nil }
        let since = (now - reference.at).microseconds
        let (microseconds, overflow) = reference.microseconds.addingReportingOverflow(since)
        guard !overflow else { return nil }
        return LogTime(microseconds: microseconds, within: reference.within + abs(since) / Self.drift)
    }

    /// The time since the clock showed `milliseconds`; never negative, accurate to about a millisecond on a fast link.
    /// `nil`: no reply yet, or the value is out of range.
    func elapsed(since milliseconds: Int64, now: Instant) -> Duration? {
        guard let reference else { return nil }
        let (microseconds, isTooMuch) = milliseconds.multipliedReportingOverflow(by: 1_000)
        let (before, overflow) = reference.microseconds.subtractingReportingOverflow(microseconds)
        guard !isTooMuch, !overflow else { return nil }
        return max(.zero, .microseconds(before) + (now - reference.at))
    }
}

extension Duration {
    /// Does not overflow within this process' lifetime.
    fileprivate var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
