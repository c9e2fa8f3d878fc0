/// Input of an instance.
package enum GossipEvent: Sendable {
    /// The time of the last `wake` has come.
    case wake
    /// A datagram from a sender with the cluster's key.
    case datagram([UInt8], from: GossipAddress)
    /// Addresses of other nodes. Send it at the start and whenever new addresses are known.
    case join([GossipAddress])
    /// A lower bound of this node's generation.
    case generation(UInt64)
    /// This node's new address.
    case address(GossipAddress)
    /// This node's new attributes: `NodeAttributes.bytes`.
    case attributes([UInt8])
    /// This node shuts down: tell the others.
    case leave
}

/// Output of an instance: what the shell must do, in this order.
package enum GossipDirective: Sendable {
    case send([UInt8], to: GossipAddress)
    /// Call again at this `GossipTime.uptime`; replaces the previous request.
    case wake(at: Microseconds)
    /// A member's standing has changed; `nil`: this incarnation was unknown before.
    case changed(Member, from: MemberStatus?)
    /// This node refuted an accusation, or took a new generation.
    case renewed(Standing)
    case probed(ProbeOutcome)
    case refused(GossipRefusal)
    /// A newer process uses this node's name: this node must stop.
    case nameTaken
    /// The others know that this node leaves.
    case left
}

package enum ProbeOutcome: Hashable, Sendable {
    case direct(roundTrip: Microseconds)
    /// It answered a helper.
    case indirect
    case failed
}

/// Why something was rejected.
package enum GossipRefusal: String, Hashable, Sendable, CaseIterable {
    case malformed
    /// A ping for a previous user of this address.
    case misdirected
    /// A generation more than a day ahead: some clock is wrong.
    case generationAhead = "generation_ahead"
    /// The member table is full.
    case tableFull = "table_full"
    /// Too many concurrent probes for others.
    case relaysFull = "relays_full"
}
