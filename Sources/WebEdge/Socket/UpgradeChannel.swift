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
    struct Value: ServerChildChannelValue {
        let channel: any Channel
        /// Completes when the first request's head has been read; fails when the connection ends before.
        let negotiated: EventLoopFuture<Negotiated>
    }

    enum Negotiated: Sendable {
        case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
        case socket
    }

    let responder: Responder
    let upgrader: SocketUpgrader
    let admission: SocketAdmission
    let newcomers: NewcomerLimit
    let deadlines: RequestDeadlineHandler.Limits
    /// `nil`: no TLS here.
    let tls: NIOSSLContext?

    /// Of the path, and the names and values of all headers: as much as nginx takes, far more than browsers send.
    private static var headLimits: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 8 * 1024
        limits.maxHeaderListSize = 8 * 1024
        return limits
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            // Where it fails for a peer that is gone already, nobody must have been admitted: only a handler ends that.
            try channel.syncOptions?.setOption(.tcpOption(.tcp_nodelay), value: 1)
            guard let hasAsked = newcomers.admit(channel.remoteAddress.flatMap(IPAddress.init)) else {
                upgrader.metrics.refused(.crowded)
                channel.close(promise: nil)
                return Value(
                    channel: channel, negotiated: channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel))
            }
            let pipeline = channel.pipeline.syncOperations
            if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }

            let encoder = HTTPResponseEncoder()
            let deadline = RequestDeadlineHandler(limits: deadlines, onFirstRequest: hasAsked)
            let decoder = ByteToMessageHandler(
                HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: Self.headLimits))
            let gate = UpgradeGateHandler(
                gate: upgrader.gate, admission: admission, deadline: deadline, metrics: upgrader.metrics)
            let upgrade = NIOTypedHTTPServerUpgradeHandler(
                httpEncoder: encoder, extraHTTPHandlers: [deadline, decoder, gate],
                upgradeConfiguration: .init(
                    upgraders: [upgrader], notUpgradingCompletionHandler: { serveHTTP(on: $0, logger: logger) }))
            try pipeline.addHandlers([encoder, deadline, decoder, gate, upgrade])
            return Value(channel: channel, negotiated: upgrade.upgradeResultFuture)
        }
    }

    private func serveHTTP(on channel: any Channel, logger: Logger) -> EventLoopFuture<Negotiated> {
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
        if case .http(let channel) = try? await value.negotiated.get() {
            await handleHTTP(asyncChannel: channel, logger: logger)
        }
    }
}
