internal import ChatModel
package import Gossip
internal import ServiceLifecycle

/// Tells gossip what only this node knows: where others may be found, which life of itself it is, and how it is doing; and
/// lets the picture of the cluster grow older. Supervised beside the `GossipService`.
package struct GossipIntroductions: Service {
    private let service: GossipService
    private let membership: ClusterMembership
    private let configuration: GossipConfiguration
    private let seeds: @Sendable () -> [GossipAddress]?
    private let attributes: @Sendable () -> NodeAttributes

    /// - Parameters:
    ///   - seeds: where others may be found; `nil`: not known at the moment.
    ///   - attributes: what this node tells of itself; asked every second, told every few. Its view's hash is added here.
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
        while true {
            guard let transport = service.transport, await transport.isOpen else {
                try await Task.sleep(for: .milliseconds(20))
                continue
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
            // Until the node index was read, others wait for nothing else.
            try await Task.sleep(for: lookedAt == nil ? .milliseconds(50) : .seconds(1))
        }
    }
}
