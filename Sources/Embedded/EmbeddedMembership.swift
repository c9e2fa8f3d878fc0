package import ChatModel
internal import ServiceLifecycle
internal import Synchronization

/// The cluster view of a standalone node: itself, always alive. `run()` samples its load once a second.
package final class EmbeddedMembership: MembershipView, Service {
    package let own: NodeIncarnation
    private let member: Mutex<ClusterMember>
    private let sample = Mutex<(@Sendable () -> NodeLoad)?>(nil)

    /// - `member`: this node.
    package init(_ member: ClusterMember) {
        own = member.node
        self.member = Mutex(member)
    }

    /// - `sample`: reports the node's load.
    package func attach(_ sample: @escaping @Sendable () -> NodeLoad) {
        self.sample.withLock { $0 = sample }
    }

    package var members: [ClusterMember] { [member.withLock { $0 }] }

    /// The node's start is the only event.
    package var events: [MembershipEvent] {
        [MembershipEvent(at: member.withLock { $0.startedAt }, node: own, from: nil, to: .alive)]
    }

    package func isPresent(_ node: NodeIncarnation) -> Bool { node == own }

    package func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if let load = self.sample.withLock({ $0 })?() { self.member.withLock { $0.load = load } }
                // Cancelled on shutdown.
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}
