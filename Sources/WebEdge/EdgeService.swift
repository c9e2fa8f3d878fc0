import ChatModel
import Hummingbird
import HummingbirdCore
package import Logging
package import NIOCore
import NIOSSL
import ServiceLifecycle

/// The node's edge: listens, serves the routes, and lets sockets in. Start reading WebEdge here: `Routes` is the HTTP
/// side, `UpgradeChannel` the way of a connection until it is a socket.
///
/// Its end has an order, last to first as `ServiceGroup` has it: the drain (not ready, grace, sockets closed), then
/// the HTTP servers. So HTTP is served, and says "not ready", until the last socket has gone.
package struct EdgeService: Service {
    /// An HTTP connection without a request for this long is closed. Longer than nginx keeps its connections (60 s).
    static let httpIdleTimeout: Duration = .seconds(75)

    private let configuration: EdgeConfiguration
    private let routes: Routes
    private let group: any EventLoopGroup
    private let upgrader: SocketUpgrader
    private let admission: SocketAdmission
    private let tls: NIOSSLContext?
    private let closeSockets: @Sendable () async throws -> Void
    private let onBound: @Sendable (_ port: Int) -> Void
    private let logger: Logger

    /// - `makeHandler`: what stands behind each accepted socket.
    /// - `closeSockets`: tells all of them to close, and returns (`SocketRegistry.drain`); the edge waits for their ends.
    /// - `onBound`: hears the port on which clients are now served.
    /// - Throws: when the TLS files cannot be used.
    package init(
        configuration: EdgeConfiguration, sources: EdgeSources, metrics: EdgeMetrics, group: any EventLoopGroup,
        makeHandler: @escaping SocketHandlerFactory, closeSockets: @escaping @Sendable () async throws -> Void,
        onBound: @escaping @Sendable (_ port: Int) -> Void, logger: Logger
    ) throws {
        let admission = SocketAdmission(
            maximum: configuration.maximumConnections, perAddress: configuration.connectionsPerAddress)
        // Hummingbird announces each step at `info`; the node says itself where it listens.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)

        self.configuration = configuration
        self.routes = Routes(
            configuration: configuration, sources: sources, admission: admission, metrics: metrics, group: group,
            logger: quiet)
        self.group = group
        self.upgrader = SocketUpgrader(
            gate: UpgradeGate(
                allowedOrigins: configuration.allowedOrigins,
                clientAddress: ClientAddress(trustedProxies: configuration.trustedProxies)),
            metrics: metrics, makeHandler: makeHandler)
        self.admission = admission
        self.tls = try configuration.tls.map(Self.context)
        self.closeSockets = closeSockets
        self.onBound = onBound
        self.logger = quiet
    }

    package func run() async throws {
        var services: [any Service] = [
            application(routes.clients(), port: configuration.port, server: clientServer, onBound: onBound)
        ]
        if let port = configuration.adminPort {
            services.append(
                application(
                    routes.operators(), port: port,
                    server: .http1(configuration: .init(idleTimeout: .init(Self.httpIdleTimeout))), onBound: { _ in }))
        }
        services.append(
            EdgeDrain(
                admission: admission, grace: configuration.drainGrace, limit: configuration.drainLimit,
                closeSockets: closeSockets))
        try await ServiceGroup(configuration: .init(services: services, logger: logger)).run()
    }

    private var clientServer: HTTPServerBuilder {
        HTTPServerBuilder { [upgrader, admission, tls] responder in
            UpgradeChannel(responder: responder, upgrader: upgrader, admission: admission, tls: tls)
        }
    }

    private func application(
        _ router: Router<BasicRequestContext>, port: Int, server: HTTPServerBuilder,
        onBound: @escaping @Sendable (Int) -> Void
    ) -> any Service {
        Application(
            router: router, server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: port), backlog: 4096),
            onServerRunning: { channel in
                guard let port = channel.localAddress?.port else {
                    preconditionFailure("a server without a port: \(channel)")
                }
                onBound(port)
            },
            eventLoopGroupProvider: .shared(group), logger: logger)
    }

    private static func context(_ files: EdgeConfiguration.TLSFiles) throws -> NIOSSLContext {
        var configuration = try TLSConfiguration.makeServerConfiguration(
            certificateChain: NIOSSLCertificate.fromPEMFile(files.certificate).map { .certificate($0) },
            privateKey: .privateKey(NIOSSLPrivateKey(file: files.key, format: .pem)))
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }
}

/// The first of the edge to hear of the shutdown: empties the node of sockets while HTTP still answers.
private struct EdgeDrain: Service {
    let admission: SocketAdmission
    let grace: Duration
    let limit: Duration
    let closeSockets: @Sendable () async throws -> Void

    func run() async throws {
        try await gracefulShutdown()
        admission.startDraining()
        // With nobody here, nobody waits for a balancer to notice.
        if admission.openSockets > 0 { try await Task.sleep(for: grace) }
        try await closeSockets()
        let deadline = ContinuousClock.now + limit
        while admission.openSockets > 0, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
