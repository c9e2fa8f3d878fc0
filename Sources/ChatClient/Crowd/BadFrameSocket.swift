import NIOCore
import NIOSSL
import NIOWebSocket

/// A socket that sends a `BadFrame` and waits for the close. Used once.
enum BadFrameSocket {
    /// A node waits 5 s for `hello`; this allows for twice as long.
    private static let patience = TimeAmount.seconds(12)

    /// - Returns: the code of the server's close frame; `nil` if it closed the connection without one. Fails if it did
    ///   not close it, or could not be reached.
    static func send(
        _ frame: BadFrame, to url: WebSocketURL, tls: NIOSSLContext?, on eventLoop: any EventLoop
    ) -> EventLoopFuture<UInt16?> {
        let end = eventLoop.makePromise(of: UInt16?.self)
        let deadline = eventLoop.scheduleTask(in: patience) { end.fail(NotEnded()) }
        end.futureResult.whenComplete { _ in deadline.cancel() }
        ClientConnector.open(url, tls: tls, on: eventLoop) { channel in
            try channel.pipeline.syncOperations.addHandler(Handler(end: end))
        }
        .whenComplete { result in
            switch result {
            case .success(let channel?):
                end.futureResult.whenComplete { _ in channel.close(promise: nil) }
                write(frame.bytes, to: channel)
            case .success(nil): end.succeed(nil)
            case .failure(let error): end.fail(error)
            }
        }
        return end.futureResult
    }

    /// As they are: past the encoder, which would make a good frame of them.
    private static func write(_ bytes: ByteBuffer, to channel: any Channel) {
        let encoder = try? channel.pipeline.syncOperations.context(handlerType: WebSocketFrameEncoder.self)
        encoder?.writeAndFlush(NIOAny(bytes), promise: nil)
    }

    struct NotEnded: Error {}

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = WebSocketFrame

        private let end: EventLoopPromise<UInt16?>
        private var code: UInt16?

        init(end: EventLoopPromise<UInt16?>) {
            self.end = end
        }

        /// An error may precede the close frame.
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let frame = unwrapInboundIn(data)
            guard frame.opcode == .connectionClose else { return }
            var payload = frame.data
            code = payload.readInteger(as: UInt16.self) ?? 1005
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            end.succeed(code)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
