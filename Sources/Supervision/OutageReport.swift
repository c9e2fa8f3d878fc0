/// Limits log messages about repeated failures: one when they begin, one a minute while they go on, one when they end.
///
/// Pure; owned by the code that retries, which logs what this decides.
package struct OutageReport: Sendable {
    package enum Telling: Hashable, Sendable {
        case begins
        /// Failures since the last report.
        case goesOn(failures: Int, within: Duration)
        case nothing
    }

    /// Of an outage that has ended.
    package struct Summary: Hashable, Sendable {
        package let lasted: Duration
        package let failures: Int

        package init(lasted: Duration, failures: Int) {
            self.lasted = lasted
            self.failures = failures
        }
    }

    private struct Outage {
        let began: ContinuousClock.Instant
        var told: ContinuousClock.Instant
        var failures = 1
        var failuresTold = 1
    }

    package static let interval = Duration.seconds(60)

    private var outage: Outage?

    package init() {}

    /// - `since`: when it stopped working, if earlier.
    package mutating func failed(
        now: ContinuousClock.Instant, since: ContinuousClock.Instant? = nil
    ) -> Telling {
        guard var outage else {
            outage = Outage(began: min(since ?? now, now), told: now)
            return .begins
        }
        defer { self.outage = outage }
        outage.failures += 1
        let silence = now - outage.told
        guard silence >= Self.interval else { return .nothing }
        let news = outage.failures - outage.failuresTold
        outage.told = now
        outage.failuresTold = outage.failures
        return .goesOn(failures: news, within: silence)
    }

    /// Call on success. `nil`: there was no outage.
    package mutating func ended(now: ContinuousClock.Instant) -> Summary? {
        defer { outage = nil }
        return outage.map { Summary(lasted: now - $0.began, failures: $0.failures) }
    }
}
