import ChatModel
import ChatProtocol
import NIOCore
import NIOWebSocket

/// A WebSocket that echoes every message, for conformance suites: frames follow RFC 6455 as in chat sockets, without
/// hello, heartbeat or rate limit. Served in development only.
///
/// Reads only while its answers are being written, so a client that does not read them blocks itself.
final class EchoHandler: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// The largest message of the Autobahn test suite.
    static let messageBytes = 16 * 1024 * 1024

    private var assembler = FrameAssembler(
        limits: .init(messageBytes: messageBytes, fragments: .max, acceptsBinary: true))
    private var isClosing = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        var answer = ByteBuffer()
        switch assembler.receive(Self.unwrapInboundIn(data)) {
        case .wait, .none: return
        case .text(let payload): FrameEncoder.text(into: &answer) { $0.writeImmutableBuffer(payload) }
        case .binary(let payload): FrameEncoder.binary(payload, into: &answer)
        case .pong(let payload): FrameEncoder.pong(payload, into: &answer)
        case .closed(let code): return close(code ?? CloseReason.normal.code, context: context)
        case .fail(let reason): return close(reason.code, context: context)
        }
        context.write(Self.wrapOutboundOut(answer), promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.flush()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if context.channel.isWritable { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { context.read() }
        context.fireChannelWritabilityChanged()
    }

    /// It is not in the registry, and ends with its listener.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, !isClosing { close(CloseReason.drain.code, context: context) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isClosing, let error = error as? NIOWebSocketError else {
            context.close(promise: nil)
            return
        }
        close((error == .invalidFrameLength ? CloseReason.tooBig : .protocolError).code, context: context)
    }

    private func close(_ code: UInt16, context: ChannelHandlerContext) {
        isClosing = true
        var frame = ByteBuffer()
        FrameEncoder.close(code: code, text: "", into: &frame)
        let channel = context.channel
        context.writeAndFlush(Self.wrapOutboundOut(frame)).whenComplete { _ in channel.close(promise: nil) }
    }
}
