import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// Opens a client's connections: TCP, TLS for `wss`, and the upgrade to `webchat.v1`. A value owned by `ChatClient`.
struct ClientConnector {
    /// The largest page of the log, as JSON with many escapes.
    static let maximumFrameBytes = 4 * 1024 * 1024
    private static let connectTimeout = TimeAmount.seconds(10)

    let urls: [WebSocketURL]
    let tls: NIOSSLContext?
    let eventLoop: any EventLoop

    /// Starts connecting; `client` is notified of the outcome.
    /// - Returns: the chosen node.
    func connect(_ client: ChatClient, attempt: Int, avoiding last: WebSocketURL?) -> WebSocketURL {
        let others = urls.count > 1 ? urls.filter { $0 != last } : urls
        let url = others.randomElement() ?? urls[0]
        Self.open(url, tls: tls, on: eventLoop) { channel in
            try channel.pipeline.syncOperations.addHandlers(
                NIOWebSocketFrameAggregator(
                    minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 1_024,
                    maxAccumulatedFrameSize: Self.maximumFrameBytes),
                ClientSocketHandler(client: client, attempt: attempt))
        }
        .whenComplete { result in
            switch result {
            case .success(let channel?): client.opened(channel, attempt: attempt)
            case .success(nil):
                client.failed(url, reason: "the server refused the WebSocket upgrade", attempt: attempt)
            case .failure(let error):
                client.failed(url, reason: Unreachable.reason(of: error), attempt: attempt)
            }
        }
        return url
    }

    /// Completes with `nil` if the server refuses. Write only afterwards: NIO's upgrade handler blocks writes until
    /// then.
    /// - Parameter add: adds the handlers for WebSocket frames.
    static func open(
        _ url: WebSocketURL, tls: NIOSSLContext?, on eventLoop: any EventLoop,
        adding add: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<(any Channel)?> {
        ClientBootstrap(group: eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(connectTimeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if url.secure { try addTLS(tls, for: url, to: channel) }
                }
            }
            .connect(host: url.host, port: url.port).flatMapThrowing { channel in
                try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                    configuration: .init(upgradeConfiguration: upgrade(to: url, adding: add)))
            }
            .flatMap { $0 }
    }

    private static func addTLS(_ context: NIOSSLContext?, for url: WebSocketURL, to channel: any Channel) throws {
        let context = try context ?? NIOSSLContext(configuration: .makeClientConfiguration())
        // IP addresses are not allowed as server names (RFC 6066, section 3).
        let isAddress = (try? SocketAddress(ipAddress: url.host, port: url.port)) != nil
        let handler = try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : url.host)
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    private static func upgrade(
        to url: WebSocketURL, adding add: @escaping @Sendable (any Channel) throws -> Void
    ) -> NIOTypedHTTPClientUpgradeConfiguration<(any Channel)?> {
        let upgrader = NIOTypedWebSocketClientUpgrader<(any Channel)?>(
            maxFrameSize: maximumFrameBytes, enableAutomaticErrorHandling: false
        ) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                try add(channel)
                return channel
            }
        }
        let headers: HTTPHeaders = ["Host": url.authority, "Sec-WebSocket-Protocol": "webchat.v1"]
        return NIOTypedHTTPClientUpgradeConfiguration(
            upgradeRequestHead: HTTPRequestHead(version: .http1_1, method: .GET, uri: url.target, headers: headers),
            upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in channel.close().map { nil } })
    }
}
