/// The last failures among any number of actors, and how often they restarted, in bounded space.
///
/// A value owned by their `PassiveSupervisor`, written only on a failure.
package struct FailureHistory: Hashable, Sendable {
    package struct Failure: Hashable, Sendable {
        /// What failed, as shown to people: `room lobby`.
        package let name: String
        package let cause: FailureCause
        package let decision: RestartPolicy.Decision
    }

    /// More than anybody reads; the metrics count all failures.
    package static let limit = 20

    /// Oldest first.
    package private(set) var failures: [Failure] = []
    package private(set) var restarts = 0
    private var recentRestarts: RecentCount

    package init(origin: ContinuousClock.Instant) {
        recentRestarts = RecentCount(origin: origin)
    }

    package mutating func record(
        _ name: String, _ error: any Error, at now: ContinuousClock.Instant, decision: RestartPolicy.Decision
    ) {
        if failures.count >= Self.limit { failures.removeFirst() }
        failures.append(Failure(name: name, cause: FailureCause(error, at: now), decision: decision))
        if case .restart = decision {
            restarts += 1
            recentRestarts.add(at: now)
        }
    }

    package func restartsWithinFiveMinutes(of now: ContinuousClock.Instant) -> Int {
        recentRestarts.count(at: now)
    }
}

/// Why and when something failed.
package struct FailureCause: Hashable, Sendable {
    /// Errors may quote peer input.
    private static let maximumLength = 300

    package let text: String
    package let at: ContinuousClock.Instant

    init(_ error: any Error, at: ContinuousClock.Instant) {
        self.text = String(String(describing: error).prefix(Self.maximumLength))
        self.at = at
    }
}
