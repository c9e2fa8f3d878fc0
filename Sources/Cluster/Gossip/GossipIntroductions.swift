package import Gossip
internal import ServiceLifecycle

/// Tells gossip what only this node knows: where others may be found, and how it is doing itself. Supervised beside the
/// `GossipService`.
package struct GossipIntroductions: Service {
    private let service: GossipService
    private let configuration: GossipConfiguration
    private let seeds: @Sendable () async -> [GossipAddress]?
    private let attributes: @Sendable () -> NodeAttributes

    /// - Parameters:
    ///   - seeds: where others may be found; `nil`: not known at the moment.
    ///   - attributes: what this node tells of itself; asked every second, told every few.
    package init(
        _ service: GossipService, configuration: GossipConfiguration,
        seeds: @escaping @Sendable () async -> [GossipAddress]?, attributes: @escaping @Sendable () -> NodeAttributes
    ) {
        self.service = service
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
            if let transport = service.transport {
                await transport.step(.attributes(attributes().bytes))
                await transport.show()
                let interval = await transport.isAlone ? configuration.lonelyInterval : configuration.seedInterval
                if lookedAt.map({ .now - $0 >= interval }) ?? true, let addresses = await seeds() {
                    lookedAt = .now
                    await transport.step(.join(addresses))
                }
            }
            try await Task.sleep(for: service.transport == nil ? .milliseconds(50) : .seconds(1))
        }
    }
}
