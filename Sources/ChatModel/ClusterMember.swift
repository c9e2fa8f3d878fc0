/// An incarnation of a node, as seen by itself or by another node.
package struct ClusterMember: Hashable, Sendable {
    package enum State: String, Sendable, CaseIterable {
        case alive, suspect, dead, left

        package var isLive: Bool { self == .alive || self == .suspect }
    }

    /// Another member's claim that this one does not answer.
    package struct Accusation: Hashable, Sendable {
        /// The accuser's name.
        package let by: String
        /// When this node learned of it: milliseconds since 1970.
        package let at: Int64

        package init(by: String, at: Int64) {
            self.by = by
            self.at = at
        }
    }

    package var node: NodeIncarnation
    package var state: State
    /// `host:port` of its HTTP edge; empty until known.
    package var address: String
    package var version: String
    /// Milliseconds since 1970; 0 until known.
    package var startedAt: Int64
    /// Gossip's incarnation number, which counts refutations; 0 without gossip.
    package var incarnation: UInt64 = 0
    /// Why it is suspect or dead.
    package var accusations: [Accusation] = []
    /// Round trip of this node's last direct ping.
    package var roundTrip: Duration?
    /// `nil` until it reports one.
    package var load: NodeLoad?
    /// The `viewHash` it reports; `nil` until it does.
    package var viewHash: UInt32?
    /// The canaries it reports as received.
    package var canaries: [CanaryReceipt] = []

    package init(node: NodeIncarnation, state: State, address: String, version: String, startedAt: Int64) {
        self.node = node
        self.state = state
        self.address = address
        self.version = version
        self.startedAt = startedAt
    }
}

/// A node's load as it reports it, a few seconds old.
package struct NodeLoad: Hashable, Sendable {
    package var users: Int
    package var rooms: Int
    /// Messages from this node's users that the log took, over the last few seconds.
    package var messagesPerSecond: Double
    /// How long work waits on its busiest event loop.
    package var loopLag: Duration
    /// Whether it can publish and receive.
    package var relayConnected: Bool

    package init(users: Int, rooms: Int, messagesPerSecond: Double, loopLag: Duration, relayConnected: Bool) {
        self.users = users
        self.rooms = rooms
        self.messagesPerSecond = messagesPerSecond
        self.loopLag = loopLag
        self.relayConnected = relayConnected
    }
}

/// Which canaries a node has received from another node, or from itself.
package struct CanaryReceipt: Hashable, Sendable {
    /// Name of the node that published them.
    package var from: String
    /// Number of the latest canary.
    package var number: UInt32
    /// Delay of the latest canary.
    package var last: Duration
    /// 99th percentile of the last sixty or so delays.
    package var p99: Duration
    /// Time since the latest canary.
    package var age: Duration

    package init(from: String, number: UInt32, last: Duration, p99: Duration, age: Duration) {
        self.from = from
        self.number = number
        self.last = last
        self.p99 = p99
        self.age = age
    }
}

extension Sequence<ClusterMember> {
    /// Order-independent hash of the live members' names and generations: the mixed FNV-1a hashes, added up. 32 bits,
    /// because a metric is a double.
    package var viewHash: UInt32 {
        var sum: UInt64 = 0
        for member in self where member.state.isLive {
            var hash = FNV1a.hash(member.node.description)
            hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
            sum &+= hash ^ (hash >> 31)
        }
        return UInt32(truncatingIfNeeded: sum ^ (sum >> 32))
    }
}
