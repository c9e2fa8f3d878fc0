import ChatModel
import Hummingbird
import HummingbirdCore
package import Logging
package import NIOCore
import NIOSSL
import ServiceLifecycle
import Supervision

/// Tells at most so many of the open sockets to close, and returns how many it told. Who has not answered within
/// `patience` is cut off; the edge waits for their ends.
package typealias SocketCloser = @Sendable (_ atMost: Int, _ patience: TimeAmount) async -> Int

/// The node's edge: listens, serves the routes, and lets sockets in. Start reading WebEdge here: `Routes` is the HTTP
/// side, `UpgradeChannel` the way of a connection until it is a socket.
///
/// Its end has an order, last to first as `Supervisor` has it: the drain (not ready, grace, sockets closed), then
/// the HTTP servers. So HTTP is served, and says "not ready", until the last socket has gone.
package struct EdgeService: Service {
    /// In the supervision tree.
    package static let name = "edge"
    /// An HTTP connection without a request for this long is closed. Longer than nginx keeps its connections (60 s).
    static let httpIdleTimeout: Duration = .seconds(75)

    /// However short the drain: listeners that are cut in the midst of closing leave the event loops in disorder.
    package static let leastTimeToEnd = Duration.seconds(1)
    /// Who does not answer the end of TLS in that time is gone. Less than a drain leaves for the listeners to close behind
    /// the last socket; the library's five seconds would be longer than that.
    private static let lastWordsOfTLS = TimeAmount.milliseconds(300)

    private let configuration: EdgeConfiguration
    private let routes: Routes
    private let group: any EventLoopGroup
    private let upgrader: SocketUpgrader
    private let admission: SocketAdmission
    private let newcomers: NewcomerLimit
    private let tls: NIOSSLContext?
    private let closeSockets: SocketCloser
    private let onBound: @Sendable (_ port: Int) -> Void
    private let logger: Logger
    /// For the libraries.
    private let quietLogger: Logger

    /// - `memory`: `nil` for no limit; run by the node.
    /// - `makeHandler`: what stands behind each accepted socket.
    /// - `closeSockets`: `SocketRegistry.drain`.
    /// - `onBound`: hears the port on which clients are now served.
    package init(
        configuration: EdgeConfiguration, sources: EdgeSources, metrics: EdgeMetrics, memory: MemoryGuard? = nil,
        group: any EventLoopGroup, makeHandler: @escaping SocketHandlerFactory, closeSockets: @escaping SocketCloser,
        onBound: @escaping @Sendable (_ port: Int) -> Void, logger: Logger
    ) throws(EdgeError) {
        let admission = SocketAdmission(
            maximum: configuration.maximumConnections, perAddress: configuration.connectionsPerAddress, memory: memory)
        // Hummingbird announces each step at `info`; the node says itself where it listens.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)

        self.configuration = configuration
        self.routes = Routes(
            configuration: configuration, sources: sources, admission: admission, metrics: metrics,
            streams: ClusterStreams(metrics: metrics), group: group, logger: quiet)
        self.group = group
        self.upgrader = SocketUpgrader(
            gate: UpgradeGate(
                allowedOrigins: configuration.allowedOrigins,
                clientAddress: ClientAddress(trustedProxies: configuration.trustedProxies),
                servesEcho: configuration.servesEcho),
            metrics: metrics, makeHandler: makeHandler)
        self.admission = admission
        self.newcomers = NewcomerLimit(
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
        // A port that cannot be listened on is not mended by trying again, and without it nobody can be served.
        let clients = listener(
            "PORT", configuration.port, routes.clients(), server: clientServer, atMost: configuration.acceptedClients,
            onBound: onBound)
        var children = [SupervisedChild("http", policy: .never, service: clients)]
        if let port = configuration.adminPort {
            let server = HTTPServerBuilder.http1(configuration: .init(idleTimeout: .init(Self.httpIdleTimeout)))
            let operators = listener(
                "ADMIN_PORT", port, routes.operators(), server: server, atMost: configuration.acceptedOperators,
                onBound: { _ in })
            children.append(SupervisedChild("admin-http", policy: .never, service: operators))
        }
        let drain = EdgeDrain(
            admission: admission, grace: configuration.drainGrace, limit: configuration.drainLimit,
            closeSockets: closeSockets, logger: logger)
        children.append(SupervisedChild("drain", policy: .never, service: drain))
        // A request that does not end must not take the time for leaving.
        let supervisor = Supervisor(
            Self.name, children: children, tree: routes.sources.supervision,
            endingWithin: max(Self.leastTimeToEnd, configuration.drainLimit - DrainSchedule.leaving),
            logger: quietLogger)
        try await supervisor.run()
    }

    private var clientServer: HTTPServerBuilder {
        HTTPServerBuilder { [upgrader, admission, newcomers, configuration, tls] responder in
            UpgradeChannel(
                responder: responder, upgrader: upgrader, admission: admission, newcomers: newcomers,
                deadlines: .init(firstRequest: configuration.firstRequestTimeout, head: configuration.headTimeout),
                tls: tls)
        }
    }

    private func listener(
        _ setting: String, _ port: Int, _ routes: Router<EdgeRequestContext>, server: HTTPServerBuilder,
        atMost maximumAccepted: Int?, onBound: @escaping @Sendable (Int) -> Void
    ) -> HTTPListener {
        HTTPListener(
            setting: setting, host: configuration.host, port: port, routes: routes.buildResponder(), server: server,
            maximumAccepted: maximumAccepted, group: group, onBound: onBound, logger: quietLogger)
    }

    private static func context(_ files: EdgeConfiguration.TLSFiles) throws(EdgeError) -> NIOSSLContext {
        do {
            var configuration = try TLSConfiguration.makeServerConfiguration(
                certificateChain: NIOSSLCertificate.fromPEMFile(files.certificate).map { .certificate($0) },
                privateKey: .privateKey(NIOSSLPrivateKey(file: files.key, format: .pem)))
            configuration.applicationProtocols = ["http/1.1"]
            configuration.shutdownTimeout = lastWordsOfTLS
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw EdgeError(
                .badTLSFiles,
                "TLS_CERT \(files.certificate) and TLS_KEY \(files.key) must be readable PEM files that fit together",
                cause: error)
        }
    }
}
