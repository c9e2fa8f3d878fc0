package import NIOCore

/// How much a peer may send: a token bucket (the leaky bucket of ITU-T I.371 as a meter). A rejected frame costs only
/// patience; a peer without any left is flooding.
///
/// Pure: time is passed in. Shared by all sockets of a user through `Allowance`.
package struct RateLimit: Sendable {
    package struct Configuration: Hashable, Sendable {
        package let perSecond: Double
        package let burst: Double
        /// Bursts that may be rejected in a row.
        fileprivate var patientBursts = 10.0

        /// - Returns: `nil` for a rate of 0: no limit.
        package init?(perSecond: Int, burst: Int) {
            guard perSecond > 0 else { return nil }
            self.perSecond = Double(perSecond)
            self.burst = Double(max(1, burst))
        }

        /// All of an hour may be used at once.
        /// - Returns: `nil` for a rate of 0: no limit.
        package init?(perHour: Int) {
            guard perHour > 0 else { return nil }
            self.perSecond = Double(perHour) / 3_600
            self.burst = Double(perHour)
        }

        /// For a limit shared by several peers: frames are rejected, but no peer counts as flooding.
        package var shared: Configuration {
            var shared = self
            shared.patientBursts = .infinity
            return shared
        }
    }

    package enum Verdict: Hashable, Sendable {
        case taken
        case refused(retryAfterMs: Int)
        case flood
    }

    private let configuration: Configuration
    private var tokens: Double
    private var patience: Double
    private var refilled: NIODeadline

    package init(_ configuration: Configuration, now: NIODeadline) {
        self.configuration = configuration
        self.tokens = configuration.burst
        self.patience = configuration.burst * configuration.patientBursts
        self.refilled = now
    }

    package mutating func take(_ cost: Double, at now: NIODeadline) -> Verdict {
        refill(at: now)
        // A frame that costs more than a burst costs a whole burst, or it would never pass.
        let cost = min(cost, configuration.burst)
        if tokens >= cost {
            tokens -= cost
            return .taken
        }
        guard patience >= cost else { return .flood }
        patience -= cost
        let milliseconds = ((cost - tokens) / configuration.perSecond * 1_000).rounded(.up)
        return .refused(retryAfterMs: max(1, Int(milliseconds)))
    }

    /// For work the peer did not ask for: skipped if it does not fit, which is no flooding.
    package mutating func takeSpare(_ cost: Double, at now: NIODeadline) -> Bool {
        refill(at: now)
        let cost = min(cost, configuration.burst)
        guard tokens >= cost else { return false }
        tokens -= cost
        return true
    }

    /// What was taken was not needed.
    package mutating func giveBack(_ cost: Double) {
        tokens = min(configuration.burst, tokens + cost)
    }

    /// Whether dropping it would change nothing.
    package mutating func isFull(at now: NIODeadline) -> Bool {
        refill(at: now)
        return tokens >= configuration.burst && patience >= configuration.burst * configuration.patientBursts
    }

    private mutating func refill(at now: NIODeadline) {
        guard now > refilled else { return }
        let earned = Double((now - refilled).nanoseconds) / 1e9 * configuration.perSecond
        refilled = now
        tokens = min(configuration.burst, tokens + earned)
        patience = min(configuration.burst * configuration.patientBursts, patience + earned)
    }
}
