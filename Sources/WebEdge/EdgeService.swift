import Hummingbird
import HummingbirdCore
package import Logging
package import NIOCore
import NIOSSL
import ServiceLifecycle
import Supervision

/// Closes up to `atMost` open sockets and returns how many. Sockets that do not finish the closing handshake within
/// `patience` are cut off; the edge waits for them to end.
package typealias SocketCloser = @Sendable (_ atMost: Int, _ patience: TimeAmount) async -> Int

/// The node's edge: listens, serves the routes and admits sockets. Start reading WebEdge here: `Routes` is the HTTP
/// side, `UpgradeChannel` the path of a connection until it is a socket.
///
/// Shuts down in reverse order of its children, as `Supervisor` does: first the drain (not ready, grace, sockets
/// closed), then the HTTP servers. HTTP keeps responding "not ready" until the last socket is closed.
package struct EdgeService: Service {
    /// The name in the supervision tree.
    package static let name = "edge"
    /// Idle timeout of HTTP connections. Longer than nginx's keep-alive (60 s).
    static let httpIdleTimeout: Duration = .seconds(75)

    /// Lower bound for any drain: listeners cut off while closing leave the event loops in an undefined state.
    package static let leastTimeToEnd = Duration.seconds(1)
    /// How long to wait for the peer's TLS close. Shorter than the time a drain leaves for closing the listeners; the
    /// library's default of five seconds would exceed it.
    private static let tlsCloseTimeout = TimeAmount.milliseconds(300)

    private let configuration: EdgeConfiguration
    private let routes: Routes
    private let group: any EventLoopGroup
    private let upgrader: SocketUpgrader
    private let admission: SocketAdmission
    private let connections: ConnectionLimit
    private let tls: NIOSSLContext?
    private let closeSockets: SocketCloser
    private let onBound: @Sendable (_ port: Int) -> Void
    private let logger: Logger
    /// For libraries.
    private let quietLogger: Logger

    /// - `memory`: `nil` for no limit; run by the node.
    /// - `makeHandler`: creates the handler of an accepted socket.
    /// - `closeSockets`: `SocketRegistry.drain`.
    /// - `onBound`: called with the port once clients can connect.
    package init(
        configuration: EdgeConfiguration, sources: EdgeSources, guests: any GuestTokens, metrics: EdgeMetrics,
        memory: MemoryGuard? = nil,
        group: any EventLoopGroup, turns: LoopTurns, makeHandler: @escaping SocketHandlerFactory,
        closeSockets: @escaping SocketCloser,
        onBound: @escaping @Sendable (_ port: Int) -> Void, logger: Logger
    ) throws(EdgeError) {
        let admission = SocketAdmission(
            maximum: configuration.maximumConnections, perAddress: configuration.connectionsPerAddress, memory: memory)
        // Hummingbird logs every step at `info`; the node logs its own line when it listens.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)

        self.configuration = configuration
        self.routes = Routes(
            configuration: configuration, sources: sources, admission: admission, metrics: metrics,
            streams: ClusterStreams(metrics: metrics), guests: guests, group: group, logger: logger)
        self.group = group
        self.upgrader = SocketUpgrader(
            gate: UpgradeGate(
                origins: OriginCheck(allowed: configuration.allowedOrigins),
                clientAddress: ClientAddress(trustedProxies: configuration.trustedProxies),
                servesEcho: configuration.servesEcho, refusesPlain: sources.access?.mode == .users,
                userHeaders: sources.access?.headers, uploadBytes: sources.files?.uploadBytes),
            metrics: metrics, notices: HandshakeNotices(logger: logger),
            queues: HandshakeQueues(of: group, turns: turns, metrics: metrics), usesTLS: configuration.tls != nil,
            makeHandler: makeHandler)
        self.admission = admission
        self.connections = ConnectionLimit(
            perAddress: configuration.connectionsPerAddress, exempt: configuration.trustedProxies)
        if let files = configuration.tls {
            self.tls = try Self.context(files)
        } else {
            self.tls = nil
        }
        self.closeSockets = closeSockets
        self.onBound = onBound
        self.logger = logger
        self.quietLogger = quiet
    }

    package func run() async throws {
        // Retrying does not free a taken port, and without it the node is useless: never restart.
        let clients = listener(
            "PORT", configuration.port, routes.clients(), server: clientServer, atMost: configuration.acceptedClients,
            executor: LoopTaskExecutor(group.next()), onBound: onBound)
        var children = [SupervisedChild("http", policy: .never, service: clients)]
        if let port = configuration.adminPort {
            let server = HTTPServerBuilder.http1(configuration: .init(idleTimeout: .init(Self.httpIdleTimeout)))
            let operators = listener(
                "ADMIN_PORT", port, routes.operators(), server: server, atMost: configuration.acceptedOperators,
                executor: nil, onBound: { _ in })
            children.append(SupervisedChild("admin-http", policy: .never, service: operators))
        }
        let drain = EdgeDrain(
            admission: admission, grace: configuration.drainGrace, limit: configuration.drainLimit,
            closeSockets: closeSockets, logger: logger)
        children.append(SupervisedChild("drain", policy: .never, service: drain))
        // A request that never finishes must not use up the time reserved for leaving.
        let supervisor = Supervisor(
            Self.name, children: children, tree: routes.sources.supervision,
            endingWithin: max(Self.leastTimeToEnd, configuration.drainLimit - DrainSchedule.leaving),
            logger: quietLogger)
        try await supervisor.run()
    }

    private var clientServer: HTTPServerBuilder {
        HTTPServerBuilder { [upgrader, admission, connections, configuration, tls] responder in
            UpgradeChannel(
                responder: responder, upgrader: upgrader, admission: admission, connections: connections,
                deadlines: .init(
                    firstRequest: configuration.firstRequestTimeout, head: configuration.headTimeout,
                    body: configuration.bodyTimeout, bodyBytesPerSecond: configuration.bodyBytesPerSecond),
                tls: tls)
        }
    }

    private func listener(
        _ setting: String, _ port: Int, _ routes: Router<EdgeRequestContext>, server: HTTPServerBuilder,
        atMost maximumAccepted: Int?, executor: (any TaskExecutor)?, onBound: @escaping @Sendable (Int) -> Void
    ) -> HTTPListener {
        HTTPListener(
            setting: setting, host: configuration.host, port: port, routes: routes.buildResponder(), server: server,
            maximumAccepted: maximumAccepted, group: group, executor: executor, onBound: onBound,
            logger: quietLogger)
    }

    private static func context(_ files: EdgeConfiguration.TLSFiles) throws(EdgeError) -> NIOSSLContext {
        do {
            var configuration = try TLSConfiguration.makeServerConfiguration(
                certificateChain: NIOSSLCertificate.fromPEMFile(files.certificate).map { .certificate($0) },
                privateKey: .privateKey(NIOSSLPrivateKey(file: files.key, format: .pem)))
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            configuration.shutdownTimeout = tlsCloseTimeout
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw EdgeError(
                .badTLSFiles,
                "TLS_CERT \(files.certificate) and TLS_KEY \(files.key) must be readable, matching PEM files",
                cause: error)
        }
    }
}
