/// One member being pinged: first directly, then, if it stays silent, by helpers and once more directly.
struct Probe: Sendable {
    let target: String
    let sequence: UInt32
    let startedAt: Microseconds
    /// When helpers are asked.
    var helpAt: Microseconds
    var endsAt: Microseconds
    /// `nil`: none asked yet.
    var helpers: [String]?
    /// Helpers that got no answer either.
    var nacks: [String] = []

    /// Every helper has sent a nack, so no ack can arrive any more.
    var isHopeless: Bool {
        guard let helpers, !helpers.isEmpty else { return false }
        return nacks.count == helpers.count
    }
}

/// A ping on behalf of another node.
struct ProbeRelay: Sendable {
    let target: String
    let sequence: UInt32
    let requester: String
    let requesterAddress: GossipAddress
    let requesterSequence: UInt32
    /// When to send the requester a nack; `nil`: sent.
    var nackAt: Microseconds?
    /// Until then a late ack is still forwarded.
    var endsAt: Microseconds
}
