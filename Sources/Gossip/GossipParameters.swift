/// The rhythm and the bounds of gossip, all times in microseconds. Reasons and measurements: docs/gossip.md.
package struct GossipParameters: Sendable {
    /// How often one member is pinged, and how long its answer may take before others are asked. Both are multiplied
    /// with the local health score + 1 (Lifeguard, section IV.A).
    package var probeInterval: Microseconds = 500_000
    package var probeTimeout: Microseconds = 200_000
    /// How many others are asked to ping a silent member.
    package var helpers = 3
    /// A helper says after this time that it heard nothing either: 80 % of the timeout.
    package var nackDelay: Microseconds = 160_000

    /// A suspicion lasts at least this · max(1, log10 n), and must outlast the longest stall that is to be forgiven.
    package var suspicionMinimum: Microseconds = 3_000_000
    /// And at the most this many times as long.
    package var suspicionSpread = 4
    /// So many further accusers bring a suspicion down to its minimum.
    package var confirmations = 2

    package var gossipInterval: Microseconds = 100_000
    package var fanOut = 3
    /// Loads are less urgent than membership, and travel alone only this often.
    package var attributeInterval: Microseconds = 500_000
    /// A member's load goes out at most this often, or every N / 5 seconds.
    package var attributePeriod: Microseconds = 5_000_000

    /// How often the view is compared with a random living member's, and with a random dead one's: that heals splits.
    package var exchangeInterval: Microseconds = 10_000_000
    package var deadExchangeInterval: Microseconds = 5_000_000
    /// How long a starting node waits to hear its own past before it takes part.
    package var joinLimit: Microseconds = 3_000_000
    package var joinInterval: Microseconds = 500_000
    package var leaveLimit: Microseconds = 1_000_000
    /// Who died longer ago hears no more rumours (it may yet refute; later, exchanges find it).
    package var deadListen: Microseconds = 30_000_000
    /// A wake-up that comes later than this was a stall: see `GossipInstance.forgiveStall`.
    package var stallTolerance: Microseconds = 250_000

    /// Who is gone is remembered for a day, and told of for an hour less: else two nodes would remind each other of it
    /// for ever.
    package var tombstoneLife: Microseconds = 86_400_000_000
    package var tombstoneTold: Microseconds = 82_800_000_000
    /// Generations (wall-clock milliseconds) further ahead than this are refused.
    package var generationLead: UInt64 = 86_400_000
    /// Members that are known at once, oneself and the gone included.
    package var maximumMembers = 4_096
    /// Suspects that are pinged before their turn.
    package var maximumUrgent = 16
    /// Probes that are done for others at once.
    package var maximumRelays = 64
    /// Datagrams that answer one exchange; what does not fit comes with the next.
    package var maximumExchangeDatagrams = 64

    /// The one rule of precedence. Only a test replaces it, to show that the simulation finds a wrong one.
    package var supersedes: @Sendable (_ new: Standing, _ old: Standing) -> Bool = { $0 > $1 }

    package init() {}
}

/// Durations and moments of the monotonic clock.
package typealias Microseconds = Int64

/// The moment of a step, as the shell's clocks have it.
package struct GossipTime: Hashable, Sendable {
    /// Of a clock that never jumps, from any origin.
    package var uptime: Microseconds
    /// Milliseconds since 1970; may jump. Only generations are compared with it.
    package var wall: Int64

    package init(uptime: Microseconds, wall: Int64) {
        self.uptime = uptime
        self.wall = wall
    }
}
