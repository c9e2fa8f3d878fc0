/// One life of a node, as another node, or itself, sees it.
package struct ClusterMember: Hashable, Sendable {
    package enum State: String, Sendable, CaseIterable {
        case alive, suspect, dead, left

        package var isLive: Bool { self == .alive || self == .suspect }
    }

    /// Somebody finds a member silent.
    package struct Accusation: Hashable, Sendable {
        /// The accuser's name.
        package let by: String
        /// When this node heard of it: milliseconds since 1970.
        package let at: Int64

        package init(by: String, at: Int64) {
            self.by = by
            self.at = at
        }
    }

    package var node: NodeIncarnation
    package var state: State
    /// `host:port` of its HTTP edge; empty until it is known.
    package var address: String
    package var version: String
    /// Milliseconds since 1970; 0 until it is known.
    package var startedAt: Int64
    /// How often it has refuted an accusation in this life; 0 where nobody gossips.
    package var incarnation: UInt64 = 0
    /// Why it is suspect or dead.
    package var accusations: [Accusation] = []
    /// From this node's last direct ping to the answer.
    package var roundTrip: Duration?
    /// `nil` until it has told.
    package var load: NodeLoad?
    /// What it says of its own view; `nil` until it has told.
    package var viewHash: UInt32?
    /// What it says of the canaries that it has heard.
    package var canaries: [CanaryReceipt] = []

    package init(node: NodeIncarnation, state: State, address: String, version: String, startedAt: Int64) {
        self.node = node
        self.state = state
        self.address = address
        self.version = version
        self.startedAt = startedAt
    }
}

/// How busy a node says it is; a few seconds old.
package struct NodeLoad: Hashable, Sendable {
    package var users: Int
    package var rooms: Int
    /// Taken by the log from this node's users, over the last seconds.
    package var messagesPerSecond: Double
    /// How long its busiest event loop keeps work waiting.
    package var loopLag: Duration
    /// Whether it can publish and hear.
    package var relayConnected: Bool

    package init(users: Int, rooms: Int, messagesPerSecond: Double, loopLag: Duration, relayConnected: Bool) {
        self.users = users
        self.rooms = rooms
        self.messagesPerSecond = messagesPerSecond
        self.loopLag = loopLag
        self.relayConnected = relayConnected
    }
}

/// What a node has heard of another's canaries, or of its own.
package struct CanaryReceipt: Hashable, Sendable {
    /// Whose they are: a node's name.
    package var from: String
    /// Of the latest that came.
    package var number: UInt32
    /// How late the latest was.
    package var last: Duration
    /// How late the latest sixty or so were, all but one in a hundred.
    package var p99: Duration
    /// How long ago the latest came.
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
    /// Of the living by name and generation, in whatever order they come: FNV-1a of each, mixed and added up. 32 bits, for
    /// a metric is a double.
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
