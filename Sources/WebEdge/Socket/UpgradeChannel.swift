import Actors
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOSSL

/// How Hummingbird handles a new connection: as HTTP, until a request becomes a WebSocket. With browsers that is the
/// first one, with proxies that keep connections a later one. One value for all connections; `setup` runs on the
/// connection's event loop.
struct UpgradeChannel: ServerChildChannel, HTTPChannelHandler {
    struct Value: ServerChildChannelValue {
        let channel: any Channel
        /// Completes when the first request's head was read; fails if the connection ends before.
        let negotiated: EventLoopFuture<Negotiated>
    }

    typealias UpgradeHandler = NIOTypedHTTPServerUpgradeHandler<Negotiated>

    enum Negotiated: Sendable {
        case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
        case socket
    }

    let responder: Responder
    let upgrader: SocketUpgrader
    let admission: SocketAdmission
    let connections: ConnectionLimit
    let deadlines: RequestDeadlineHandler.Limits
    /// `nil`: no TLS.
    let tls: NIOSSLContext?

    /// What may be queued behind an upgrade request: more than one read brings, so that only a flood exceeds it.
    private static let waitingBytes = 128 * 1024

    /// Of the path and all header names and values: a single sign-on proxy may add cookies of 8 KB.
    private static var headLimits: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 16 * 1024
        limits.maxHeaderListSize = 16 * 1024
        return limits
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            // Fails if the peer has left, so do it before admission, which only a handler undoes.
            try channel.syncOptions?.setOption(.tcpOption(.tcp_nodelay), value: 1)
            guard let place = connections.admit(channel.remoteAddress.flatMap(IPAddress.init)) else {
                upgrader.metrics.refused(.crowded)
                channel.close(promise: nil)
                return Value(
                    channel: channel, negotiated: channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel))
            }
            let pipeline = channel.pipeline.syncOperations
            if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }

            let encoder = HTTPResponseEncoder()
            let deadline = RequestDeadlineHandler(limits: deadlines, onEnd: place.leave)
            let decoder = ByteToMessageHandler(
                HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: Self.headLimits),
                maximumBufferSize: Self.waitingBytes)
            let gate = UpgradeGateHandler(
                upgrader: upgrader, admission: admission, deadline: deadline, mayWait: { place.mayWait })
            let makeUpgrade = { [weak gate] in
                UpgradeHandler(
                    httpEncoder: encoder, extraHTTPHandlers: [deadline, decoder] + [gate].compactMap(\.self),
                    upgradeConfiguration: .init(
                        upgraders: [upgrader], notUpgradingCompletionHandler: { serveHTTP(on: $0, logger: logger) }))
            }
            gate.leaveHTTP = { try Self.leaveHTTP(pipeline, behind: $0, upgrade: makeUpgrade()) }
            let upgrade = makeUpgrade()
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

    /// Restores the pipeline of a kept connection to its state before the first request. NIO's end of the request
    /// stream remains, behind everything else, because it cannot be removed. It sees only the end of the connection,
    /// which ends the task waiting for the next request.
    private static func leaveHTTP(
        _ pipeline: ChannelPipeline.SynchronousOperations, behind gate: UpgradeGateHandler, upgrade: UpgradeHandler
    ) throws {
        pipeline.removeHandler(
            context: try pipeline.context(handlerType: HTTPConnectionStateHandler.self), promise: nil)
        pipeline.removeHandler(context: try pipeline.context(handlerType: HTTP1ToHTTPServerCodec.self), promise: nil)
        try pipeline.addHandler(upgrade, position: .after(gate))
    }

    /// A socket needs no task: its handler runs it, and `EdgeService` waits for its end.
    func handle(value: Value, logger: Logger) async {
        if case .http(let channel) = try? await value.negotiated.get() {
            await handleHTTP(asyncChannel: channel, logger: logger)
        }
    }
}
