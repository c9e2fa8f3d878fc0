/// What Redis' clock says now, without asking it again.
///
/// By Cristian's algorithm (Probabilistic clock synchronization, 1989): the answer is taken to have been true half-way
/// between question and answer, so it is wrong by at most half of the time between them. Between two answers this
/// process' own clock runs on. Neither this machine's wall clock nor another's plays a part.
struct RedisClock {
    typealias Instant = ContinuousClock.Instant

    /// An answer that took longer says too little.
    static let longestAnswer = Duration.seconds(1)

    /// Microseconds since 1970, and when this process' clock said what.
    private var reference: (microseconds: Int64, at: Instant)?

    mutating func told(_ microseconds: Int64, asked: Instant, answered: Instant) {
        guard answered - asked <= Self.longestAnswer else { return }
        reference = (microseconds, asked + (answered - asked) / 2)
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
