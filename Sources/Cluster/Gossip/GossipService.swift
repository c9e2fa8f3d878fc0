import ChatModel
package import Gossip
package import Logging
package import NIOCore
internal import NIOPosix
internal import Operations
internal import ServiceLifecycle
internal import Synchronization

/// Runs this node's gossip and keeps `view` up to date.
///
/// `run()` binds the socket and gossips until shutdown, then announces that the node leaves. It may be run again after
/// a failure: instance, salt and port are kept, so the others only see a short silence. Only `NodeNameTaken` and
/// `GossipError` are permanent.
package final class GossipService: Service, Sendable {
    /// Where it listens, fixed at the first bind; and where others reach it, which may change (`lookForMove`).
    private struct Place {
        let bound: SocketAddress
        var advertised: GossipAddress
        /// A candidate for a new address, and how often in a row it was seen.
        var moving: (to: GossipAddress, looks: Int)?
    }

    /// A name with several addresses may resolve to a different one each time. That is not a move.
    private static let looksOfMove = 3

    package let view = GossipView()

    private let identity: NodeIdentity
    private let configuration: GossipConfiguration
    private let eventLoop: any EventLoop
    private let metrics: GossipMetrics
    private let logger: Logger
    /// Created with the first socket, whose address it announces.
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

    /// `nil` before the first bind.
    var transport: GossipTransport? { made.withLock { $0 } }

    /// Where others reach it; `nil` before the first bind.
    package var address: GossipAddress? { place.withLock { $0?.advertised } }

    /// - Throws: `NodeNameTaken`, `GossipError` if it cannot start, or the socket's error.
    package func run() async throws {
        let (channel, place) = try await bind()
        defer { channel.close(promise: nil) }
        logger.info("gossip listening", metadata: [LogKey.endpoint: "\(place.advertised.text)"])
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
        // Listen on the wildcard address of the family that others use.
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
                "gossip cannot listen on UDP \(HostPort(host: configuration.host, port: configuration.port)) (\(error)): "
                    + "set GOSSIP_HOST to a local address and GOSSIP_PORT to a free port or 0")
        }
        reached.port = channel.localAddress?.port
        guard let bound = channel.localAddress, bound.protocol == reached.protocol,
            let advertised = GossipAddress(reached)
        else {
            channel.close(promise: nil)
            throw GossipError(
                "gossip listens on \(configuration.host) and cannot be reached at \(configuration.advertisedHost): "
                    + "change GOSSIP_HOST or ADVERTISE_HOST")
        }
        let place = Place(bound: bound, advertised: advertised)
        self.place.withLock { $0 = place }
        return (channel, place)
    }

    /// Announces a new address when this machine's address, or what its name resolves to, has changed.
    func lookForMove() async {
        guard let transport, let bound = place.withLock({ $0?.bound }), let found = await reached(from: bound) else {
            return
        }
        let moved = place.withLock { place in
            guard let known = place, found != known.advertised else {
                place?.moving = nil
                return false
            }
            let looks = known.moving?.to == found ? (known.moving?.looks ?? 0) + 1 : 1
            place?.moving = (found, looks)
            guard looks >= Self.looksOfMove else { return false }
            place?.advertised = found
            place?.moving = nil
            return true
        }
        guard moved else { return }
        logger.notice("advertised address changed", metadata: [LogKey.endpoint: "\(found.text)"])
        await transport.step(.address(found))
    }

    /// `nil`: unknown right now, or unreachable through this socket.
    private func reached(from bound: SocketAddress) async -> GossipAddress? {
        var host: String? = configuration.advertisedHost
        if let detect = configuration.detectHost {
            host = try? await NIOThreadPool.singleton.runIfActive { detect() }
        }
        guard let host, var reached = try? await resolve(host, port: 0) else { return nil }
        let isEverywhere = ["0.0.0.0", "::"].contains(bound.ipAddress ?? "")
        if !isEverywhere, reached.ipAddress != bound.ipAddress, Self.isOfThisMachine(reached) { reached = bound }
        guard reached.protocol == bound.protocol else { return nil }
        reached.port = bound.port
        return GossipAddress(reached)
    }

    /// A local address is not a NAT translation: nothing listens there unless gossip was bound to it.
    private static func isOfThisMachine(_ address: SocketAddress) -> Bool {
        let devices = (try? System.enumerateDevices()) ?? []
        return devices.contains { $0.address?.ipAddress == address.ipAddress }
    }

    /// On a thread pool: DNS can block for seconds.
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

/// Temporary: DNS may not be up yet when a machine starts.
struct UnresolvedHost: Error, CustomStringConvertible {
    let host: String
    let reason: String

    var description: String {
        "cannot resolve \(host) for gossip (\(reason)): change GOSSIP_HOST or ADVERTISE_HOST, or wait for DNS"
    }
}

/// Gossip cannot start, and retrying would not help.
package struct GossipError: Error, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}
