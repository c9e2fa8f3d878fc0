import NIOCore

/// How long a client may take to ask: `firstRequest` until its first byte, a TLS handshake included, then `head` from the
/// first byte of a head to its last. Between requests `HTTPConnectionStateHandler` watches, and no body is read.
///
/// Stands before the HTTP decoder, since a head that comes byte by byte is seen only there; `UpgradeGateHandler`, behind
/// the decoder, says when one is complete, and acts on a `Timeout`. One a connection, on its event loop, until that
/// becomes a WebSocket.
// Confined to the channel's event loop.
final class RequestDeadlineHandler: ChannelInboundHandler, RemovableChannelHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    struct Limits: Hashable, Sendable {
        let firstRequest: TimeAmount
        let head: TimeAmount
    }

    /// An inbound user event.
    enum Timeout: Hashable {
        /// Nothing was asked.
        case silence
        /// A head has begun and not ended.
        case slowHead
    }

    private let limits: Limits
    private let onFirstRequest: () -> Void
    private var context: ChannelHandlerContext?
    private var timer: NIOScheduledCallback?
    private var hasBegun = false
    private var heads = 0

    /// - `onFirstRequest`: called once; when the connection ends without a request, then.
    init(limits: Limits, onFirstRequest: @escaping () -> Void) {
        self.limits = limits
        self.onFirstRequest = onFirstRequest
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        arm(limits.firstRequest, on: context.eventLoop)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        if heads == 0 { onFirstRequest() }
        timer?.cancel()
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let before = heads
        context.fireChannelRead(data)
        // A head that came at once needs no timer; one that begins behind it in the same bytes gets it with its next byte.
        guard heads == before, !hasBegun, self.context != nil else { return }
        hasBegun = true
        arm(limits.head, on: context.eventLoop)
    }

    /// Called while the decoder hands the head on.
    func headCompleted() {
        if heads == 0 { onFirstRequest() }
        heads += 1
        hasBegun = false
        timer?.cancel()
        timer = nil
    }

    private func arm(_ limit: TimeAmount, on eventLoop: any EventLoop) {
        timer?.cancel()
        // It fails only when the event loop is shutting down, and every channel with it.
        timer = try? eventLoop.scheduleCallback(in: limit, handler: self)
    }
}

extension RequestDeadlineHandler: NIOScheduledCallbackHandler {
    func handleScheduledCallback(eventLoop: some EventLoop) {
        timer = nil
        context?.fireUserInboundEventTriggered(hasBegun ? Timeout.slowHead : .silence)
    }
}
