import NIOCore

/// Limits how long a client may take to send a request: `firstRequest` until its first byte, including the TLS
/// handshake, then `head` from the first byte of a head to its last. Between requests `HTTPConnectionStateHandler`
/// applies. The body of an upload has `body`, and a second for each `bodyBytesPerSecond`; no other body is read.
///
/// Sits in front of the HTTP decoder, because only there a head that arrives byte by byte is visible.
/// `UpgradeGateHandler`, behind the decoder, reports complete heads and acts on a `Timeout`. One per connection, on its
/// event loop, until it becomes a WebSocket.
// Confined to the channel's event loop.
final class RequestDeadlineHandler: ChannelInboundHandler, RemovableChannelHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    struct Limits: Hashable, Sendable {
        let firstRequest: TimeAmount
        let head: TimeAmount
        let body: TimeAmount
        let bodyBytesPerSecond: Int
    }

    /// Fired as an inbound user event.
    enum Timeout: Hashable {
        /// No request was started.
        case silence
        /// A head was started but not completed.
        case slowHead
        case slowBody
    }

    private let limits: Limits
    private var onEnd: (() -> Void)?
    private var context: ChannelHandlerContext?
    private var timer: NIOScheduledCallback?
    private var hasBegun = false
    /// A body is being read. Nothing follows it.
    private var isInBody = false
    private var heads = 0

    /// - `onEnd`: called once, when the connection closes or becomes a WebSocket.
    init(limits: Limits, onEnd: @escaping () -> Void) {
        self.limits = limits
        self.onEnd = onEnd
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        arm(limits.firstRequest, on: context.eventLoop)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
        timer?.cancel()
        self.context = nil
    }

    /// Called before the upgrade response is sent, because the client's next connection may arrive right after it.
    func becomesSocket() { end() }

    private func end() {
        onEnd?()
        onEnd = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let before = heads
        context.fireChannelRead(data)
        // A head that arrived whole needs no timer. One that starts after it in the same bytes gets a timer with its
        // next byte.
        guard heads == before, !hasBegun, !isInBody, self.context != nil else { return }
        hasBegun = true
        arm(limits.head, on: context.eventLoop)
    }

    /// Called while the decoder passes the head on.
    func headCompleted() {
        heads += 1
        hasBegun = false
        timer?.cancel()
        timer = nil
    }

    /// Called behind `headCompleted`, by the last request of the connection.
    func bodyBegins(_ length: Int, on eventLoop: any EventLoop) {
        isInBody = true
        arm(limits.body + .seconds(Int64(length / limits.bodyBytesPerSecond)), on: eventLoop)
    }

    func bodyCompleted() {
        timer?.cancel()
        timer = nil
    }

    private func arm(_ limit: TimeAmount, on eventLoop: any EventLoop) {
        timer?.cancel()
        // Fails only while the event loop, and every channel on it, is shutting down.
        timer = try? eventLoop.scheduleCallback(in: limit, handler: self)
    }
}

extension RequestDeadlineHandler: NIOScheduledCallbackHandler {
    func handleScheduledCallback(eventLoop: some EventLoop) {
        timer = nil
        context?.fireUserInboundEventTriggered(isInBody ? Timeout.slowBody : hasBegun ? .slowHead : .silence)
    }
}
