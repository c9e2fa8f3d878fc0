internal import ChatModel
package import Gossip
package import Logging
package import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import Synchronization

/// Keeps this node in the cluster's gossip, and `view` up to date.
///
/// `run()` binds the socket and gossips until it is told to end; then it says that the node leaves. May be run again
/// after it has thrown: instance, salt and port stay, so to the others it was a short silence. Two errors are beyond that:
/// `NodeNameTaken`, and `GossipError`.
package final class GossipService: Service, Sendable {
    /// Where it listens, found out once: others keep the address as long as the process lives.
    private struct Place {
        let bound: SocketAddress
        let advertised: GossipAddress
    }

    package let view = GossipView()

    private let identity: NodeIdentity
    private let configuration: GossipConfiguration
    private let eventLoop: any EventLoop
    private let metrics: GossipMetrics
    private let logger: Logger
    /// Made with the first socket, whose address it introduces itself with.
    private let made = Mutex<GossipTransport?>(nil)
    private let place = Mutex<Place?>(nil)

    package init(
        identity: NodeIdentity, configuration: GossipConfiguration, on eventLoop: any EventLoop,
        metrics: GossipMetrics, logger: Logger
    ) {
        self.identity = identity
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.metrics = metrics
        self.logger = logger
    }

    /// `nil` before it was first bound.
    var transport: GossipTransport? { made.withLock { $0 } }

    /// Where others reach it; `nil` before it was first bound.
    package var address: GossipAddress? { place.withLock { $0?.advertised } }

    /// - Throws: `NodeNameTaken`, `GossipError` when it cannot begin, or what befell the socket.
    package func run() async throws {
        let (channel, place) = try await bind()
        defer { channel.close(promise: nil) }
        logger.info("node gossips", metadata: [LogKey.endpoint: "\(place.advertised.text)"])
        let transport = try makeTransport(at: place.advertised)
        try await eventLoop.submit {
            try channel.pipeline.syncOperations.addHandler(GossipDatagramHandler(transport))
        }.get()
        let outcome = await transport.opened(channel)
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await outcome.get()
        } onCancelOrGracefulShutdown: {
            transport.eventLoop.execute { transport.assumeIsolated { $0.step(.leave) } }
        }
    }

    private func bind() async throws -> (any Channel, Place) {
        if let place = place.withLock({ $0 }) {
            return (try await DatagramBootstrap(group: eventLoop).bind(to: place.bound).get(), place)
        }
        // Whoever listens everywhere listens in the family in which it is reached.
        let isEverywhere = configuration.host == "0.0.0.0" || configuration.host == "::"
        var reached = try await resolve(configuration.advertisedHost, port: 0)
        let everywhere = reached.protocol == .inet6 ? "::" : "0.0.0.0"
        let address = try await resolve(isEverywhere ? everywhere : configuration.host, port: configuration.port)
        if !isEverywhere, reached.ipAddress != address.ipAddress, Self.isOfThisMachine(reached) { reached = address }
        let channel: any Channel
        do {
            channel = try await DatagramBootstrap(group: eventLoop).bind(to: address).get()
        } catch {
            throw GossipError(
                "gossip cannot listen on UDP \(configuration.host):\(configuration.port) (\(error)): set GOSSIP_HOST to an "
                    + "address of this machine, and GOSSIP_PORT to a free port or to 0")
        }
        reached.port = channel.localAddress?.port
        guard let bound = channel.localAddress, bound.protocol == reached.protocol,
            let advertised = GossipAddress(reached)
        else {
            channel.close(promise: nil)
            throw GossipError(
                "gossip listens on \(configuration.host), where \(configuration.advertisedHost) does not lead: correct "
                    + "GOSSIP_HOST or ADVERTISE_HOST")
        }
        let place = Place(bound: bound, advertised: advertised)
        self.place.withLock { $0 = place }
        return (channel, place)
    }

    /// Then it is no translation of the address on which gossip listens, but another one, where nobody listens.
    private static func isOfThisMachine(_ address: SocketAddress) -> Bool {
        let devices = (try? System.enumerateDevices()) ?? []
        return devices.contains { $0.address?.ipAddress == address.ipAddress }
    }

    /// A name server may take seconds, and no event loop has that time.
    private func resolve(_ host: String, port: Int) async throws -> SocketAddress {
        do {
            return try await NIOThreadPool.singleton.runIfActive {
                try SocketAddress.makeAddressResolvingHost(host, port: port)
            }
        } catch {
            throw UnresolvedHost(host: host, reason: "\(error)")
        }
    }

    private func makeTransport(at address: GossipAddress) throws -> GossipTransport {
        if let transport { return transport }
        var random = SystemRandomNumberGenerator()
        let own = identity.own
        let record = MemberRecord(
            name: own.name, bootTag: random.next(), address: address,
            standing: Standing(generation: own.generation, incarnation: 0, status: .alive))
        let transport = GossipTransport(
            instance: GossipInstance(record, now: GossipTransport.time(), seed: random.next()),
            seal: try DatagramSeal(
                secret: configuration.secret, previous: configuration.previousSecret, using: &random),
            identity: identity, view: view, on: eventLoop, metrics: metrics, logger: logger)
        made.withLock { $0 = transport }
        return transport
    }
}

/// Gossip cannot begin yet: a name server may still be on its way up, as when a machine starts.
struct UnresolvedHost: Error, CustomStringConvertible {
    let host: String
    let reason: String

    var description: String {
        "gossip needs an address, and \(host) has none (\(reason)): correct GOSSIP_HOST or ADVERTISE_HOST, or wait for DNS"
    }
}

/// Gossip cannot begin, and trying again would not mend it.
package struct GossipError: Error, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}
