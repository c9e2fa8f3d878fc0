package import ChatModel

/// The view of a node on its own: itself, always alive.
package struct EmbeddedMembership: MembershipView {
    package let own: NodeIncarnation
    package let members: [ClusterMember]

    package init(name: String, card: NodeCard) {
        own = NodeIncarnation(name: name, generation: card.generation)
        members = [
            ClusterMember(
                node: own, state: .alive, address: card.http, version: card.version, startedAt: card.startedAt)
        ]
    }

    /// It began, and nothing else ever happens.
    package var events: [MembershipEvent] {
        members.map { MembershipEvent(at: $0.startedAt, node: own, from: nil, to: .alive) }
    }

    package func isPresent(_ node: NodeIncarnation) -> Bool { node == own }
}
