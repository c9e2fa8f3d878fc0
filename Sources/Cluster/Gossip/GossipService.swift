package import ChatModel
package import Gossip
package import Logging
package import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import Synchronization

/// Keeps this node in the cluster's gossip, and `view` up to date.
///
/// `run()` binds the socket and gossips until it is told to end; then it says that the node leaves. May be run again
/// after it has thrown: instance, salt and port stay, so to the others it was a short silence.
package final class GossipService: Service, Sendable {
    package let view: GossipView

    private let own: NodeIncarnation
    private let configuration: GossipConfiguration
    private let eventLoop: any EventLoop
    private let metrics: GossipMetrics
    private let logger: Logger
    /// Made with the first socket, whose address it introduces itself with.
    private let made = Mutex<GossipTransport?>(nil)
    private let boundPort = Mutex<Int?>(nil)

    package init(
        own: NodeIncarnation, configuration: GossipConfiguration, on eventLoop: any EventLoop,
        metrics: GossipMetrics, logger: Logger
    ) {
        self.own = own
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.metrics = metrics
        self.logger = logger
        view = GossipView(own: own)
    }

    /// `nil` before it was first bound.
    var transport: GossipTransport? { made.withLock { $0 } }

    /// Where others reach it; `nil` before it is bound.
    package var address: GossipAddress? {
        guard let port = boundPort.withLock({ $0 }),
            let address = try? SocketAddress.makeAddressResolvingHost(configuration.advertisedHost, port: port)
        else { return nil }
        return GossipAddress(address)
    }

    /// - Throws: `NodeNameTaken`, or what is wrong with the socket.
    package func run() async throws {
        let channel = try await bind()
        let transport = try makeTransport(at: channel)
        try await eventLoop.submit {
            try channel.pipeline.syncOperations.addHandler(GossipDatagramHandler(transport))
        }.get()
        let outcome = await transport.opened(channel)
        defer { channel.close(promise: nil) }
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await outcome.get()
        } onCancelOrGracefulShutdown: {
            transport.eventLoop.execute { transport.assumeIsolated { $0.step(.leave) } }
        }
    }

    private func bind() async throws -> any Channel {
        let port = boundPort.withLock { $0 } ?? configuration.port
        let channel = try await DatagramBootstrap(group: eventLoop).bind(host: configuration.host, port: port).get()
        boundPort.withLock { $0 = channel.localAddress?.port }
        return channel
    }

    private func makeTransport(at channel: any Channel) throws -> GossipTransport {
        if let transport { return transport }
        guard let address else {
            throw GossipError(
                "ADVERTISE_HOST is \(configuration.advertisedHost), which is no address that other nodes could use")
        }
        var random = SystemRandomNumberGenerator()
        let record = MemberRecord(
            name: own.name, bootTag: random.next(), address: address,
            standing: Standing(generation: own.generation, incarnation: 0, status: .alive))
        let transport = GossipTransport(
            instance: GossipInstance(record, now: GossipTransport.time(), seed: random.next()),
            seal: try DatagramSeal(
                secret: configuration.secret, previous: configuration.previousSecret, using: &random),
            view: view, on: eventLoop, metrics: metrics, logger: logger)
        made.withLock { $0 = transport }
        return transport
    }
}

/// Gossip cannot begin.
package struct GossipError: Error, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}
