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
    package init(
        atMost maximumRestarts: Int, in window: Duration, backoff: Backoff? = nil, then exhaustion: Exhaustion
    ) {
        precondition(maximumRestarts >= 0 && window > .zero, "no intensity of \(maximumRestarts) in \(window)")
        self.maximumRestarts = maximumRestarts
        self.window = window
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

    package mutating func failed(
        now: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
    ) -> Decision {
        if let last = restarts.last, now - last >= lastDelay + window { backoff?.reset() }
        if let maximumRestarts {
            restarts.removeAll { now - $0 >= window }
            guard restarts.count < maximumRestarts else { return exhaustion == .stop ? .stop : .escalate }
        } else {
            restarts.removeAll(keepingCapacity: true)
        }
        lastDelay = backoff?.next(using: &generator) ?? .zero
        restarts.append(now)
        return .restart(after: lastDelay)
    }

    package mutating func failed(now: ContinuousClock.Instant) -> Decision {
        var generator = SystemRandomNumberGenerator()
        return failed(now: now, using: &generator)
    }
}
