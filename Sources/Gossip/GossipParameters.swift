/// Timing and limits of gossip; all times in microseconds. Reasons and measurements: docs/gossip.md.
package struct GossipParameters: Sendable {
    /// How often a member is pinged, and how long it may take to answer before helpers are asked. Both are multiplied
    /// by the local health score + 1 (Lifeguard, section IV.A).
    package var probeInterval: Microseconds = 500_000
    package var probeTimeout: Microseconds = 200_000
    /// How many members are asked to ping a silent one.
    package var helpers = 3
    /// When a helper reports that it got no answer either: 80 % of the timeout.
    package var nackDelay: Microseconds = 160_000

    /// Minimum duration of a suspicion, times max(1, log10 n). Must exceed the longest stall to be tolerated.
    package var suspicionMinimum: Microseconds = 3_000_000
    /// The maximum duration, as a multiple of the minimum.
    package var suspicionSpread = 4
    /// How many further accusers reduce a suspicion to its minimum.
    package var confirmations = 2

    package var gossipInterval: Microseconds = 100_000
    package var fanOut = 3
    /// Attributes are less urgent than membership: they get separate datagrams only this often.
    package var attributeInterval: Microseconds = 500_000
    /// A member publishes its attributes at most this often, or every N / 5 seconds.
    package var attributePeriod: Microseconds = 5_000_000

    /// How often the view is compared with a random live member, and with a random dead one to heal partitions.
    package var exchangeInterval: Microseconds = 10_000_000
    package var deadExchangeInterval: Microseconds = 5_000_000
    /// How long a starting node waits to learn about its previous incarnations before it takes part.
    package var joinLimit: Microseconds = 3_000_000
    package var joinInterval: Microseconds = 500_000
    package var leaveLimit: Microseconds = 1_000_000
    /// Members dead for longer get no more rumours. They may still refute; later, exchanges find them.
    package var deadListen: Microseconds = 30_000_000
    /// A wake-up later than this was a stall: see `GossipInstance.forgiveStall`.
    package var stallTolerance: Microseconds = 250_000

    /// Members that are gone are remembered for a day, but reported for an hour less; otherwise two nodes would remind
    /// each other of them forever.
    package var tombstoneLife: Microseconds = 86_400_000_000
    package var tombstoneTold: Microseconds = 82_800_000_000
    /// Generations (wall clock in milliseconds) further in the future are rejected.
    package var generationLead: UInt64 = 86_400_000
    /// Maximum number of known members, including this node and those that are gone.
    package var maximumMembers = 4_096
    /// Suspects that are pinged ahead of their turn.
    package var maximumUrgent = 16
    /// Concurrent probes on behalf of others.
    package var maximumRelays = 64
    /// Datagrams per exchange; the rest follows in the next one.
    package var maximumExchangeDatagrams = 64

    /// The only precedence rule. Tests replace it to prove that the simulation detects a wrong one.
    package var supersedes: @Sendable (_ new: Standing, _ old: Standing) -> Bool = { $0 > $1 }

    package init() {}
}

/// Durations and instants of the monotonic clock.
package typealias Microseconds = Int64

/// The time of a step, by the shell's clocks.
package struct GossipTime: Hashable, Sendable {
    /// A monotonic clock with an arbitrary origin.
    package var uptime: Microseconds
    /// Milliseconds since 1970; may jump. Compared only with generations.
    package var wall: Int64

    package init(uptime: Microseconds, wall: Int64) {
        self.uptime = uptime
        self.wall = wall
    }
}
