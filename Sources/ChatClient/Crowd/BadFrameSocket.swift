import NIOCore
import NIOPosix
import NIOSSL

/// A socket that upgrades by hand, sends a `BadFrame` and waits for the close. Used once.
enum BadFrameSocket {
    /// A node waits 5 s for `hello`; this allows for twice as long.
    private static let patience = TimeAmount.seconds(12)

    /// - Returns: the code of the server's close frame; `nil` if it closed the connection without one. Fails if it did
    ///   not close it, or could not be reached.
    static func send(
        _ frame: BadFrame, to url: WebSocketURL, tls: NIOSSLContext?, on eventLoop: any EventLoop
    ) -> EventLoopFuture<UInt16?> {
        let end = eventLoop.makePromise(of: UInt16?.self)
        ClientBootstrap(group: eventLoop)
            .connectTimeout(patience)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if url.secure { try ClientConnector.addTLS(tls, for: url, to: channel) }
                    try channel.pipeline.syncOperations.addHandler(Handler(frame, url: url, end: end))
                }
            }
            .connect(host: url.host, port: url.port).cascadeFailure(to: end)
        return end.futureResult
    }

    struct NotEnded: Error {}

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let frame: BadFrame
        private let url: WebSocketURL
        private let end: EventLoopPromise<UInt16?>
        private var received = ByteBuffer()
        private var upgraded = false
        private var code: UInt16?
        private var deadline: Scheduled<Void>?

        init(_ frame: BadFrame, url: WebSocketURL, end: EventLoopPromise<UInt16?>) {
            self.frame = frame
            self.url = url
            self.end = end
        }

        func channelActive(context: ChannelHandlerContext) {
            let request = """
                GET \(url.target) HTTP/1.1\r
                Host: \(url.authority)\r
                Connection: Upgrade\r
                Upgrade: websocket\r
                Sec-WebSocket-Version: 13\r
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                Sec-WebSocket-Protocol: webchat.v1\r
                \r

                """
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: request)), promise: nil)
            let channel = context.channel
            deadline = context.eventLoop.scheduleTask(in: BadFrameSocket.patience) { [end] in
                end.fail(NotEnded())
                channel.close(promise: nil)
            }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            received.writeBuffer(&bytes)
            if !upgraded {
                let view = received.readableBytesView
                guard let head = view.firstRange(of: [13, 10, 13, 10]) else { return }
                received.moveReaderIndex(forwardBy: view.distance(from: view.startIndex, to: head.upperBound))
                upgraded = true
                context.writeAndFlush(wrapOutboundOut(frame.bytes), promise: nil)
            }
            readFrames()
            if code != nil { context.close(promise: nil) }
        }

        func channelInactive(context: ChannelHandlerContext) {
            deadline?.cancel()
            end.succeed(code)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }

        /// Server frames are not masked (RFC 6455, section 5.1). An error may precede the close frame.
        private func readFrames() {
            while code == nil, let head = received.getBytes(at: received.readerIndex, length: 2) {
                var size = 2
                var length = Int(head[1] & 0x7F)
                if length == 126 {
                    guard let long = received.getInteger(at: received.readerIndex + 2, as: UInt16.self) else { return }
                    (size, length) = (4, Int(long))
                }
                guard received.readableBytes >= size + length else { return }
                received.moveReaderIndex(forwardBy: size)
                var payload = received.readSlice(length: length)
                if head[0] & 0x0F == 8 { code = payload?.readInteger(as: UInt16.self) ?? 1005 }
            }
        }
    }
}
