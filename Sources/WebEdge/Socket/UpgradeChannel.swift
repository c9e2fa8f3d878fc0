import Actors
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOSSL

/// What Hummingbird does with a new connection: HTTP as ever, unless its first request becomes a WebSocket. One value
/// for all connections; `setup` runs on the connection's event loop.
struct UpgradeChannel: ServerChildChannel, HTTPChannelHandler {
    enum Value: ServerChildChannelValue {
        case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
        case socket(any Channel)

        var channel: any Channel {
            switch self {
            case .http(let http): http.channel
            case .socket(let channel): channel
            }
        }
    }

    let responder: Responder
    let upgrader: SocketUpgrader
    let admission: SocketAdmission
    /// `nil`: no TLS here.
    let tls: NIOSSLContext?

    /// Completes when the first request's head is read. A connection that ends before costs no task.
    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        do {
            let pipeline = channel.pipeline.syncOperations
            try channel.syncOptions?.setOption(.tcpOption(.tcp_nodelay), value: 1)
            if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }

            let encoder = HTTPResponseEncoder()
            let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
            let gate = UpgradeGateHandler(gate: upgrader.gate, admission: admission, metrics: upgrader.metrics)
            let upgrade = NIOTypedHTTPServerUpgradeHandler(
                httpEncoder: encoder, extraHTTPHandlers: [decoder, gate],
                upgradeConfiguration: .init(
                    upgraders: [upgrader], notUpgradingCompletionHandler: { serveHTTP(on: $0, logger: logger) }))
            try pipeline.addHandlers([encoder, decoder, gate, upgrade])
            return upgrade.upgradeResultFuture
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
    }

    private func serveHTTP(on channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandlers([
                HTTP1ToHTTPServerCodec(secure: tls != nil),
                HTTPConnectionStateHandler(idleTimeout: EdgeService.httpIdleTimeout, logger: logger),
            ])
            return .http(
                try NIOAsyncChannel(
                    wrappingChannelSynchronously: channel,
                    configuration: .init(isOutboundHalfClosureEnabled: true)))
        }
    }

    /// A socket needs no task: it lives in its handler, and `EdgeService` waits for its end.
    func handle(value: Value, logger: Logger) async {
        if case .http(let channel) = value { await handleHTTP(asyncChannel: channel, logger: logger) }
    }
}
