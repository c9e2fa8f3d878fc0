/// Whether what failed is started again: at most N restarts within a window, as OTP's `max_restarts`/`max_seconds`
/// (https://www.erlang.org/doc/system/sup_princ.html#maximum-restart-intensity), each after a backoff or at once.
///
/// Pure, with two users: `Supervisor` for what has a `run()`, and the actors themselves for what is passive. One per
/// supervised thing; it allocates nothing until the first failure.
package struct RestartPolicy: Sendable {
    package enum Decision: Hashable, Sendable {
        case restart(after: Duration)
        /// Give it up, and only it.
        case stop
        /// Give it up; whoever supervises is at a loss too and fails in its turn.
        case escalate
    }

    /// What follows when the intensity is exceeded.
    package enum Exhaustion: Hashable, Sendable { case stop, escalate }

    /// `nil`: without limit.
    package let maximumRestarts: Int?
    /// The span in which restarts are counted; and how long a child must have run for its backoff to begin anew.
    package let window: Duration
    package let exhaustion: Exhaustion
    private var backoff: Backoff?
    /// When restarts within the window were decided, oldest first; at most `maximumRestarts`, or the last one.
    private var restarts: [ContinuousClock.Instant] = []
    /// The wait that the last decision ordered.
    private var lastDelay = Duration.zero

    /// - `backoff`: `nil` restarts at once, right for actors whose input is at hand; with one for what waits on others.
    package init(_ intensity: RestartIntensity, backoff: Backoff? = nil, then exhaustion: Exhaustion) {
        self.maximumRestarts = intensity.maximumRestarts
        self.window = intensity.window
        self.backoff = backoff
        self.exhaustion = exhaustion
    }

    /// Tries for ever: for a connection to what may be away for hours.
    package init(forever backoff: Backoff, calmAfter window: Duration = .seconds(30)) {
        self.maximumRestarts = nil
        self.window = window
        self.backoff = backoff
        self.exhaustion = .escalate
    }

    /// For what starting again cannot mend, and what nothing works without.
    package static let never = RestartPolicy(RestartIntensity(0, in: .seconds(1)), then: .escalate)

    package mutating func failed(
        now: ContinuousClock.Instant, draw: Backoff.Draw = { .random(in: $0) }
    ) -> Decision {
        if let last = restarts.last, now - last >= lastDelay + window { backoff?.reset() }
        if let maximumRestarts {
            restarts.removeAll { now - $0 >= window }
            guard restarts.count < maximumRestarts else { return exhaustion == .stop ? .stop : .escalate }
        } else {
            restarts.removeAll(keepingCapacity: true)
        }
        lastDelay = backoff?.next(draw: draw) ?? .zero
        restarts.append(now)
        return .restart(after: lastDelay)
    }
}
