import Actors
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOSSL

/// What Hummingbird does with a new connection: HTTP as ever, until one of its requests becomes a WebSocket: the first
/// one, as browsers do it, or a later one, as proxies do that keep their connections. One value for all connections;
/// `setup` runs on the connection's event loop.
struct UpgradeChannel: ServerChildChannel, HTTPChannelHandler {
    struct Value: ServerChildChannelValue {
        let channel: any Channel
        /// Completes when the first request's head has been read; fails when the connection ends before.
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
    /// `nil`: no TLS here.
    let tls: NIOSSLContext?

    /// What may wait behind a request for an upgrade: more than one read brings, so that only a flood is over it.
    private static let waitingBytes = 128 * 1024

    /// Of the path, and the names and values of all headers: a single sign-on before us may have cookies of 8 KB.
    private static var headLimits: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 16 * 1024
        limits.maxHeaderListSize = 16 * 1024
        return limits
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            // Where it fails for a peer that is gone already, nobody must have been admitted: only a handler ends that.
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

    /// Makes the pipeline of a kept connection as it was before its first request. What stays is NIO's end of the stream
    /// of requests, behind everything else, since it cannot be taken out: it sees nothing more but the connection's end,
    /// and with it the task that waits for the next request ends.
    private static func leaveHTTP(
        _ pipeline: ChannelPipeline.SynchronousOperations, behind gate: UpgradeGateHandler, upgrade: UpgradeHandler
    ) throws {
        pipeline.removeHandler(
            context: try pipeline.context(handlerType: HTTPConnectionStateHandler.self), promise: nil)
        pipeline.removeHandler(context: try pipeline.context(handlerType: HTTP1ToHTTPServerCodec.self), promise: nil)
        try pipeline.addHandler(upgrade, position: .after(gate))
    }

    /// A socket needs no task: it lives in its handler, and `EdgeService` waits for its end.
    func handle(value: Value, logger: Logger) async {
        if case .http(let channel) = try? await value.negotiated.get() {
            await handleHTTP(asyncChannel: channel, logger: logger)
        }
    }
}
