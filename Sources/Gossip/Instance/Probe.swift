/// One member being pinged: first directly, then, if it stays silent, by helpers and once more directly.
struct Probe: Sendable {
    let target: String
    let sequence: UInt32
    let startedAt: Microseconds
    /// When it is called silent and helpers are asked.
    var helpAt: Microseconds
    var endsAt: Microseconds
    /// `nil`: none has been asked yet.
    var helpers: [String]?
    /// Helpers who said that they heard nothing either.
    var nacks: [String] = []

    /// Nobody can bring an answer any more that has not already said no.
    var isHopeless: Bool {
        guard let helpers, !helpers.isEmpty else { return false }
        return nacks.count == helpers.count
    }
}

/// A ping done for another node.
struct ProbeRelay: Sendable {
    let target: String
    let sequence: UInt32
    let requester: String
    let requesterAddress: GossipAddress
    let requesterSequence: UInt32
    /// When the requester hears that there is no answer yet; `nil`: it has heard.
    var nackAt: Microseconds?
    /// Until then a late answer is still handed on.
    var endsAt: Microseconds
}
