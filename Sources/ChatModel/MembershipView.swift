/// What this node knows of the cluster: for `/cluster`, for readiness and to filter the presence of dead nodes.
/// Until gossip exists it is read from the contact cards in Redis. May be asked from any thread; answers from memory.
package protocol MembershipView: Sendable {
    var own: NodeIncarnation { get }
    var members: [ClusterMember] { get }
    /// Whether the members which that incarnation wrote count: it is alive, or it was a moment ago.
    func isPresent(_ node: NodeIncarnation) -> Bool
    /// To be told when a node's presence diff arrives, before `isPresent` is asked for it: a node may speak before its
    /// card has been read.
    func heard(_ node: NodeIncarnation)
}

extension MembershipView {
    package func heard(_ node: NodeIncarnation) {}
}

package struct ClusterMember: Hashable, Sendable {
    package enum State: String, Sendable, CaseIterable { case alive, suspect, dead, left }

    package let node: NodeIncarnation
    package let state: State
    /// `host:port` of its HTTP edge.
    package let address: String
    package let version: String
    /// Milliseconds since 1970.
    package let startedAt: Int64

    package init(node: NodeIncarnation, state: State, address: String, version: String, startedAt: Int64) {
        self.node = node
        self.state = state
        self.address = address
        self.version = version
        self.startedAt = startedAt
    }
}

/// Whether a part of the node can do its work: `/readyz` asks all of them and prints the reasons.
package protocol ReadinessCheck: Sendable {
    /// `nil`: ready. Otherwise one sentence: what is wrong, and what to do.
    var unreadyReason: String? { get }
}
