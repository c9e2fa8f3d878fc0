package import NIOCore

/// How much a peer may ask for: a token bucket (the leaky bucket of ITU-T I.371 as a meter). A frame that does not fit
/// costs nothing but patience; who goes on regardless is flooding.
///
/// Pure: time is passed in. Shared by all sockets of a user through `Allowance`.
package struct RateLimit: Sendable {
    package struct Configuration: Hashable, Sendable {
        package let perSecond: Double
        package let burst: Double
        /// Bursts that may be refused in one go.
        fileprivate var patientBursts = 10.0

        /// - Returns: `nil` for a rate of 0: no limit.
        package init?(perSecond: Int, burst: Int) {
            guard perSecond > 0 else { return nil }
            self.perSecond = Double(perSecond)
            self.burst = Double(max(1, burst))
        }

        /// What several share: who asks is refused, but is not known to flood.
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
        // What costs more than a burst costs all of it, and not never.
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

    /// For what the peer did not ask for: where it does not fit it is left undone, and counts as no flood.
    package mutating func takeSpare(_ cost: Double, at now: NIODeadline) -> Bool {
        refill(at: now)
        let cost = min(cost, configuration.burst)
        guard tokens >= cost else { return false }
        tokens -= cost
        return true
    }

    /// Whether forgetting it would change nothing.
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
