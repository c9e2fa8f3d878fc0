/// What happens to an instance.
package enum GossipEvent: Sendable {
    /// The moment of the last `wake` has come.
    case wake
    /// A datagram that somebody with the cluster's key has sent.
    case datagram([UInt8], from: GossipAddress)
    /// Others may be found there. To be said at the start, and again whenever new addresses are known.
    case join([GossipAddress])
    /// Elsewhere this node has a generation that is at least as high as that.
    case generation(UInt64)
    /// What this node tells of itself from now on: `NodeAttributes.bytes`.
    case attributes([UInt8])
    /// This node ends: tell the others.
    case leave
}

/// What the shell has to do, in this order.
package enum GossipDirective: Sendable {
    case send([UInt8], to: GossipAddress)
    /// Call again at that moment of `GossipTime.uptime`; replaces the last such wish.
    case wake(at: Microseconds)
    /// A member's standing has changed; `nil`: that life of it was not known before.
    case changed(Member, from: MemberStatus?)
    /// This node refuted an accusation, or took another generation.
    case renewed(Standing)
    case probed(ProbeOutcome)
    case refused(GossipRefusal)
    /// Another process runs under this node's name, and it is the later one: this node has to end.
    case nameTaken
    /// The others have been told that this node leaves.
    case left
}

package enum ProbeOutcome: Hashable, Sendable {
    case direct(roundTrip: Microseconds)
    /// It answered somebody else.
    case indirect
    case failed
}

/// Why something was not taken.
package enum GossipRefusal: String, Hashable, Sendable, CaseIterable {
    case malformed
    /// A ping for somebody who was here before.
    case misdirected
    /// A generation more than a day ahead: somebody's clock is wrong.
    case generationAhead = "generation_ahead"
    /// More members than are kept.
    case tableFull = "table_full"
    /// More probes for others than are made at once.
    case relaysFull = "relays_full"
}
