/// What this node knows of the cluster: for `/cluster`, for readiness and to filter the presence of dead nodes.
/// May be asked from any thread; answers from memory.
package protocol MembershipView: Sendable {
    var own: NodeIncarnation { get }
    /// This node first, then the others; the dead and the left too, as long as they are remembered.
    var members: [ClusterMember] { get }
    /// Equal on all nodes that see the same living nodes.
    var viewHash: UInt32 { get }
    /// The latest changes, oldest first; at most `MembershipEvent.remembered`.
    var events: [MembershipEvent] { get }
    /// What of the cluster is not whole although this node serves: sentences that say what to do. Empty: all is well.
    var degraded: [String] { get }
    /// Whether the members which that incarnation wrote count: it is alive, or it was a moment ago.
    func isPresent(_ node: NodeIncarnation) -> Bool
    /// To be told when a node's presence diff arrives, before `isPresent` is asked for it: a node may speak before its
    /// card has been read.
    func heard(_ node: NodeIncarnation)
}

extension MembershipView {
    package var viewHash: UInt32 { members.viewHash }
    package var events: [MembershipEvent] { [] }
    package var degraded: [String] { [] }
    package func heard(_ node: NodeIncarnation) {}
}

/// Somebody's state has changed, as this node found or was told.
package struct MembershipEvent: Hashable, Sendable {
    /// So many are kept.
    package static let remembered = 100

    /// Milliseconds since 1970.
    package let at: Int64
    package let node: NodeIncarnation
    /// `nil`: it was not known before.
    package let from: ClusterMember.State?
    package let to: ClusterMember.State
    /// Whose accusation it follows, if it follows one.
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
