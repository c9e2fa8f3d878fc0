import ChatModel

/// What Redis' clock says now, without asking it again.
///
/// By Cristian's algorithm (Probabilistic clock synchronization, 1989): the answer is taken to have been true half-way
/// between question and answer, so it is wrong by at most half of the time between them. Between two answers this
/// process' own clock runs on. Neither this machine's wall clock nor another's plays a part.
struct RedisClock {
    typealias Instant = ContinuousClock.Instant

    /// An answer that took longer says too little.
    static let longestAnswer = Duration.seconds(1)

    /// Between two answers this process' clock may run faster or slower than Redis': a common quartz, one part in so many.
    static let drift: Int64 = 20_000

    /// Microseconds since 1970, when this process' clock said what, and by how much that may be wrong.
    private var reference: (microseconds: Int64, at: Instant, within: Int64)?

    mutating func told(_ microseconds: Int64, asked: Instant, answered: Instant) {
        guard answered - asked <= Self.longestAnswer else { return }
        let half = (answered - asked) / 2
        let (middle, within) = (asked + half, half.microseconds)
        // A slow answer that fits what is known better already says nothing new; one that does not: the clock was set.
        if let known = time(now: middle), known.within < within {
            let (distance, overflow) = microseconds.subtractingReportingOverflow(known.microseconds)
            if !overflow, distance.magnitude <= UInt64(known.within + within) { return }
        }
        reference = (microseconds, middle, within)
    }

    /// What it shows now. `nil`: it has never told its time.
    func time(now: Instant) -> LogTime? {
        guard let reference else { return nil }
        let since = (now - reference.at).microseconds
        let (microseconds, overflow) = reference.microseconds.addingReportingOverflow(since)
        guard !overflow else { return nil }
        return LogTime(microseconds: microseconds, within: reference.within + abs(since) / Self.drift)
    }

    /// How long ago it showed `milliseconds`; never negative, exact to about a millisecond on a quick link. `nil`: it has
    /// never told its time, or this is none.
    func elapsed(since milliseconds: Int64, now: Instant) -> Duration? {
        guard let reference else { return nil }
        let (microseconds, isTooMuch) = milliseconds.multipliedReportingOverflow(by: 1_000)
        let (before, overflow) = reference.microseconds.subtractingReportingOverflow(microseconds)
        guard !isTooMuch, !overflow else { return nil }
        return max(.zero, .microseconds(before) + (now - reference.at))
    }
}

extension Duration {
    /// Of a time within this process' life.
    fileprivate var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
