/// Decides whether to restart what failed: at most N restarts within a window, as OTP's `max_restarts`/`max_seconds`
/// (https://www.erlang.org/doc/system/sup_princ.html#maximum-restart-intensity), each after a backoff or at once.
///
/// Pure, with two users: `Supervisor` for services with a `run()`, and the actors for passive ones. One per supervised
/// child; allocates nothing until the first failure.
package struct RestartPolicy: Sendable {
    package enum Decision: Hashable, Sendable {
        case restart(after: Duration)
        /// Give up this child only.
        case stop
        /// Give up this child; its supervisor fails too.
        case escalate
    }

    /// What to do when the intensity is exceeded.
    package enum Exhaustion: Hashable, Sendable { case stop, escalate }

    /// `nil`: unlimited.
    package let maximumRestarts: Int?
    /// The window for counting restarts, and how long a child must run before its backoff resets.
    package let window: Duration
    package let exhaustion: Exhaustion
    private var backoff: Backoff?
    /// Times of the restarts within the window, oldest first; with unlimited restarts only the last one.
    private var restarts: [ContinuousClock.Instant] = []
    /// The wait of the last decision.
    private var lastDelay = Duration.zero

    /// - `backoff`: `nil` restarts at once, right for actors, whose input is at hand. Services that depend on others
    ///   need one.
    package init(_ intensity: RestartIntensity, backoff: Backoff? = nil, then exhaustion: Exhaustion) {
        self.maximumRestarts = intensity.maximumRestarts
        self.window = intensity.window
        self.backoff = backoff
        self.exhaustion = exhaustion
    }

    /// Retries forever: for connections to something that may be down for hours.
    package init(forever backoff: Backoff, calmAfter window: Duration = .seconds(30)) {
        self.maximumRestarts = nil
        self.window = window
        self.backoff = backoff
        self.exhaustion = .escalate
    }

    /// For failures that a restart cannot repair, of services that nothing works without.
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
