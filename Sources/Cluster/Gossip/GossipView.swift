package import ChatModel
internal import Gossip
internal import Synchronization

/// The cluster as gossip has it, to be asked from any thread: what a `GossipInstance` knew when it last changed.
package final class GossipView: Sendable {
    private struct State {
        var own: NodeIncarnation
        var members: [ClusterMember] = []
        /// Generations of those who live, by name.
        var live: [String: UInt64] = [:]
        var gone: [String: UInt64] = [:]
    }

    private let state: Mutex<State>

    init(own: NodeIncarnation) {
        state = Mutex(State(own: own))
    }

    package var own: NodeIncarnation { state.withLock { $0.own } }
    /// Oneself first.
    package var members: [ClusterMember] { state.withLock { $0.members } }

    /// `nil`: gossip knows nothing of that life.
    package func isLive(_ node: NodeIncarnation) -> Bool? {
        state.withLock { state in
            if let generation = state.live[node.name] { return generation == node.generation }
            guard let generation = state.gone[node.name] else { return nil }
            return generation >= node.generation ? false : nil
        }
    }

    func show(_ instance: GossipInstance) {
        let own = Self.member(instance.own, instance.ownAttributes)
        let others = instance.members.names.compactMap { instance.members[$0] }
        let members = [own] + others.map { Self.member($0.record, $0.attributes) }
        state.withLock { state in
            state.own = own.node
            state.members = members
            state.live = [:]
            state.gone = [:]
            for member in members {
                if member.state == .alive || member.state == .suspect {
                    state.live[member.node.name] = member.node.generation
                } else {
                    state.gone[member.node.name] = member.node.generation
                }
            }
        }
    }

    private static func member(_ record: MemberRecord, _ bytes: [UInt8]) -> ClusterMember {
        let attributes = NodeAttributes(bytes)
        return ClusterMember(
            node: NodeIncarnation(name: record.name, generation: record.standing.generation),
            state: ClusterMember.State(record.status), address: attributes?.httpAddress ?? "",
            version: attributes?.version ?? "", startedAt: attributes?.startedAt ?? 0)
    }
}
