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
        /// Completes when the first request's head was read: `nil` if it becomes a WebSocket or has ended before.
        let http: EventLoopFuture<UpgradeGateHandler.HTTPChannel?>
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

    /// NIO keeps a connection's first read buffer for as long as the connection lives: big enough for the handshake of
    /// a browser and for most frames. It takes bigger ones for connections that send more at a time.
    private static let reads = AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1_024, maximum: 64 * 1_024)

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
            try channel.syncOptions?.setOption(.recvAllocator, value: Self.reads)
            let peer = channel.remoteAddress.flatMap(IPAddress.init)
            guard let place = connections.admit(peer) else {
                upgrader.metrics.refused(.crowded)
                channel.close(promise: nil)
                return Value(channel: channel, http: channel.eventLoop.makeSucceededFuture(nil))
            }
            let pipeline = channel.pipeline.syncOperations
            if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }

            let deadline = RequestDeadlineHandler(limits: deadlines, onEnd: place.leave)
            let decoder = ByteToMessageHandler(
                HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: Self.headLimits),
                maximumBufferSize: Self.waitingBytes)
            let encoder = HTTPResponseEncoder()
            let http = channel.eventLoop.makePromise(of: UpgradeGateHandler.HTTPChannel?.self)
            let gate = UpgradeGateHandler(
                peer: peer, upgrader: upgrader, admission: admission, deadline: deadline,
                handlers: [encoder, deadline, decoder], mayWait: { place.mayWait }, http: http,
                serveHTTP: { try serveHTTP(on: channel, logger: logger) })
            try pipeline.addHandlers([encoder, deadline, decoder, gate])
            return Value(channel: channel, http: http.futureResult)
        }
    }

    private func serveHTTP(on channel: any Channel, logger: Logger) throws -> UpgradeGateHandler.HTTPChannel {
        try channel.pipeline.syncOperations.addHandlers([
            HTTP1ToHTTPServerCodec(secure: tls != nil),
            HTTPConnectionStateHandler(idleTimeout: EdgeService.httpIdleTimeout, logger: logger),
        ])
        return try NIOAsyncChannel(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }

    /// A socket needs no task: its handler runs it, and `EdgeService` waits for its end. Requests are not answered on
    /// the event loop, where they would delay messages.
    func handle(value: Value, logger: Logger) async {
        guard let channel = try? await value.http.get() else { return }
        await withTaskExecutorPreference(globalConcurrentExecutor) {
            await handleHTTP(asyncChannel: channel, logger: logger)
        }
    }
}
