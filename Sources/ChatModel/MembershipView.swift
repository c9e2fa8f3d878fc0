/// This node's view of the cluster: for `/cluster`, for readiness, and to filter the presence of dead nodes.
/// Thread-safe; answers from memory.
package protocol MembershipView: Sendable {
    var own: NodeIncarnation { get }
    /// This node first, then the others, including dead and left ones while they are remembered.
    var members: [ClusterMember] { get }
    /// Equal on all nodes that see the same live members.
    var viewHash: UInt32 { get }
    /// The latest changes, oldest first; at most `MembershipEvent.remembered`.
    var events: [MembershipEvent] { get }
    /// Problems of the cluster that do not stop this node: sentences that say what to do. Empty: none.
    var degraded: [String] { get }
    /// Whether to count the room members this incarnation reports: it is alive, or was a moment ago.
    func isPresent(_ node: NodeIncarnation) -> Bool
    /// Call on a node's presence diff, before `isPresent`: the diff may arrive before the node's contact card was read.
    func heard(_ node: NodeIncarnation)
}

extension MembershipView {
    package var viewHash: UInt32 { members.viewHash }
    package var events: [MembershipEvent] { [] }
    package var degraded: [String] { [] }
    package func heard(_ node: NodeIncarnation) {}
}

/// A change of a node's state, found or learned by this node.
package struct MembershipEvent: Hashable, Sendable {
    /// How many events are kept.
    package static let remembered = 100

    /// Milliseconds since 1970.
    package let at: Int64
    package let node: NodeIncarnation
    /// `nil`: the node was unknown.
    package let from: ClusterMember.State?
    package let to: ClusterMember.State
    /// The accuser, if an accusation caused the change.
    package let by: String?

    package init(
        at: Int64, node: NodeIncarnation, from: ClusterMember.State?, to: ClusterMember.State, by: String? = nil
    ) {
        self.at = at
        self.node = node
        self.from = from
        self.to = to
        self.by = by
    }
}
