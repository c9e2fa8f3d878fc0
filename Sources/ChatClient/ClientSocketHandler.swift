import ChatModel
import ChatProtocol
import NIOCore
import NIOWebSocket

/// The end of a client's pipeline: WebSocket frames on one side, `ClientFrame`s and the `ChatClient` on the other.
/// Masks outgoing frames (RFC 6455, 5.3), answers pings and echoes a close. Owned by its channel's pipeline.
final class ClientSocketHandler: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = ClientFrame
    typealias OutboundOut = WebSocketFrame

    /// Starts a closing handshake.
    struct CloseEvent: Sendable {
        let code: UInt16
    }

    /// How long the server may take to answer a close.
    private static let closeTimeout = TimeAmount.seconds(2)

    private let client: ChatClient
    private let attempt: Int
    private var receivedCode: UInt16?
    private var sentClose = false

    init(client: ChatClient, attempt: Int) {
        self.client = client
        self.attempt = attempt
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text:
            client.received(frame.unmaskedData, attempt: attempt)
        case .ping:
            client.heard(attempt: attempt)
            write(.pong, frame.unmaskedData, context: context)
        case .pong:
            client.heard(attempt: attempt)
        case .connectionClose:
            var payload = frame.unmaskedData
            receivedCode = payload.readInteger(as: UInt16.self)
            if let receivedCode { sendClose(receivedCode, context: context) }
            context.close(promise: nil)
        default:
            sendClose(CloseReason.unacceptableData.code, context: context)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var buffer = context.channel.allocator.buffer(capacity: 256)
        unwrapOutboundIn(data).encode(into: &buffer)
        context.write(wrapOutboundOut(Self.frame(.text, buffer)), promise: promise)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let close = event as? CloseEvent else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        sendClose(close.code, context: context)
        promise?.succeed()
        let channel = context.channel
        context.eventLoop.scheduleTask(in: Self.closeTimeout) { channel.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        client.closed(code: receivedCode, attempt: attempt)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func sendClose(_ code: UInt16, context: ChannelHandlerContext) {
        guard !sentClose else { return }
        sentClose = true
        var buffer = context.channel.allocator.buffer(capacity: 2)
        buffer.writeInteger(code)
        write(.connectionClose, buffer, context: context)
    }

    private func write(_ opcode: WebSocketOpcode, _ payload: ByteBuffer, context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(Self.frame(opcode, payload)), promise: nil)
    }

    private static func frame(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: payload)
    }
}
