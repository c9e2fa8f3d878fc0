package import ChatModel
internal import ServiceLifecycle
internal import Synchronization

/// The view of a standalone node: itself, always alive. `run()` samples its load once a second.
package final class EmbeddedMembership: MembershipView, Service {
    package let own: NodeIncarnation
    private let card: NodeCard
    private let load = Mutex<NodeLoad?>(nil)
    private let sample = Mutex<(@Sendable () -> NodeLoad)?>(nil)

    package init(name: String, card: NodeCard) {
        own = NodeIncarnation(name: name, generation: card.generation)
        self.card = card
    }

    /// - `sample`: measures the node's load.
    package func attach(_ sample: @escaping @Sendable () -> NodeLoad) {
        self.sample.withLock { $0 = sample }
    }

    package var members: [ClusterMember] {
        var member = ClusterMember(
            node: own, state: .alive, address: card.http, version: card.version, startedAt: card.startedAt)
        member.load = load.withLock { $0 }
        return [member]
    }

    /// The node started; nothing else ever happens.
    package var events: [MembershipEvent] {
        [MembershipEvent(at: card.startedAt, node: own, from: nil, to: .alive)]
    }

    package func isPresent(_ node: NodeIncarnation) -> Bool { node == own }

    package func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if let now = self.sample.withLock({ $0 })?() { self.load.withLock { $0 = now } }
                // Cancelled on shutdown.
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}
