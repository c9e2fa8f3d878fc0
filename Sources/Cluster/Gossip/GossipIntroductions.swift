import ChatModel
package import Gossip
internal import ServiceLifecycle

/// Feeds gossip the addresses of other nodes and this node's generation and load. Also refreshes the cluster view as
/// time passes. Supervised next to the `GossipService`.
package struct GossipIntroductions: Service {
    private let service: GossipService
    private let membership: ClusterMembership
    private let configuration: GossipConfiguration
    private let seeds: @Sendable () -> [GossipAddress]?
    private let attributes: @Sendable () -> NodeAttributes

    /// - Parameters:
    ///   - seeds: addresses of other nodes; `nil` while unknown.
    ///   - attributes: what this node publishes about itself; read every second, sent every few. The view's hash is
    ///     added here.
    package init(
        _ service: GossipService, membership: ClusterMembership, configuration: GossipConfiguration,
        seeds: @escaping @Sendable () -> [GossipAddress]?, attributes: @escaping @Sendable () -> NodeAttributes
    ) {
        self.service = service
        self.membership = membership
        self.configuration = configuration
        self.seeds = seeds
        self.attributes = attributes
    }

    package func run() async throws {
        try? await cancelWhenGracefulShutdown { try await introduce() }
    }

    private func introduce() async throws {
        var lookedAt: ContinuousClock.Instant?
        var lookedForMoveAt = ContinuousClock.now
        while true {
            guard let transport = service.transport, await transport.isOpen else {
                try await Task.sleep(for: .milliseconds(20))
                continue
            }
            if ContinuousClock.now - lookedForMoveAt >= configuration.addressInterval {
                lookedForMoveAt = .now
                await service.lookForMove()
            }
            var attributes = attributes()
            attributes.viewHash = membership.viewHash
            await transport.step(.generation(membership.own.generation))
            await transport.step(.attributes(attributes.bytes))
            let interval = await transport.isAlone ? configuration.lonelyInterval : configuration.seedInterval
            if lookedAt.map({ .now - $0 >= interval }) ?? true, let addresses = seeds() {
                lookedAt = .now
                await transport.step(.join(addresses))
            }
            await transport.show()
            // Poll fast until the node index has been read: joining waits for it.
            try await Task.sleep(for: lookedAt == nil ? .milliseconds(50) : .seconds(1))
        }
    }
}
