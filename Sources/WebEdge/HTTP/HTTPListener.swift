import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Operations
import ServiceLifecycle

/// One port with its routes, served by Hummingbird until the graceful shutdown.
struct HTTPListener: Service {
    /// The setting that holds the port, for error messages.
    let setting: String
    let host: String
    let port: Int
    let routes: RouterResponder<EdgeRequestContext>
    let server: HTTPServerBuilder
    let maximumAccepted: Int?
    let group: any EventLoopGroup
    /// Runs the tasks of connections; `nil`: the global one.
    let executor: (any TaskExecutor)?
    let onBound: @Sendable (_ port: Int) -> Void
    let logger: Logger

    func run() async throws {
        let application = Application(
            responder: routes, server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), backlog: 4096,
                availableConnectionsDelegate: maximumAccepted.map { MaximumAvailableConnections($0, logger: logger) }),
            onServerRunning: { channel in
                guard let port = channel.localAddress?.port else {
                    preconditionFailure("a server without a port: \(channel)")
                }
                onBound(port)
            },
            eventLoopGroupProvider: .shared(group), logger: logger)
        do {
            try await withTaskExecutorPreference(executor) { try await application.run() }
        } catch let error as IOError {
            throw EdgeError(
                .cannotListen,
                "cannot listen on \(HostPort(host: host, port: port)), choose another HOST or \(setting)", cause: error)
        }
    }
}
