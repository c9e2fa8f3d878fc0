import NIOCore
import NIOHTTP1

/// Stands between the HTTP decoder and NIO's upgrade handler. It lets only requests that will be upgraded keep their
/// `Upgrade` header, since NIO's handler loses the head of a request whose upgrade nobody takes; and it ends connections
/// that cannot be served any further: after the responses that are due, with an answer that says why.
///
///     deadline ─ decoder ─ gate ─ NIOTypedHTTPServerUpgradeHandler ─┬─ (WebSocket: all of these are removed)
///                                                                   └─ (HTTP: the upgrade handler goes, the rest stays)
///
/// One a connection, on its event loop. Refusals are written here; everything else is answered by the routes.
final class UpgradeGateHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        /// Nothing was asked yet: the only request that may be upgraded is still to come.
        case new
        case upgrading
        case http
        /// Nothing more is read. The connection ends after the responses that are due; with a last answer, if there is one.
        case ending(RequestRefusal?)
        /// The last byte was written, or will be.
        case ended
    }

    /// Closing at once would reset a connection with unread bytes, and the client might lose our answer: its input is
    /// thrown away for this long, or until it closes too (nginx: `lingering_timeout`).
    private static let lingering = TimeAmount.seconds(2)

    private let gate: UpgradeGate
    private let admission: SocketAdmission
    private let deadline: RequestDeadlineHandler
    private let metrics: EdgeMetrics
    private var state = State.new
    /// Requests that were passed on and have no whole response yet.
    private var due = 0

    init(gate: UpgradeGate, admission: SocketAdmission, deadline: RequestDeadlineHandler, metrics: EdgeMetrics) {
        self.gate = gate
        self.admission = admission
        self.deadline = deadline
        self.metrics = metrics
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .ending, .ended: return
        case .new, .upgrading, .http: break
        }
        guard case .head(let head) = Self.unwrapInboundIn(data) else {
            context.fireChannelRead(data)
            return
        }
        deadline.headCompleted()
        if case .new = state, gate.concerns(head) {
            upgrade(head, context: context)
        } else if head.headers.contains(name: "Upgrade") || head.hasBody {
            // The decoder stops at an upgrade, whoever wanted it; and a body may have any length.
            passAsLast(head, context: context)
        } else {
            state = .http
            due += 1
            context.fireChannelRead(data)
        }
    }

    private func upgrade(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        do throws(UpgradeRefusal) {
            let handshake = try gate.handshake(head, peer: context.remoteAddress)
            if !handshake.isEcho {
                try admission.admit(handshake.address)
                context.channel.closeFuture.whenComplete { [admission] _ in admission.release(handshake.address) }
            }
        } catch {
            metrics.connected(error.counted)
            answer(error.status, error.text, header: error.header, context: context)
            return
        }
        state = .upgrading
        var head = head
        head.headers.replaceOrAdd(name: "Upgrade", value: "websocket")
        context.fireChannelRead(Self.wrapInboundOut(.head(head)))
    }

    /// The routes answer it, without its body, and the connection ends.
    private func passAsLast(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        state = .ending(nil)
        due += 1
        var head = head
        head.headers.remove(name: "Upgrade")
        head.headers.replaceOrAdd(name: "Connection", value: "close")
        context.fireChannelRead(Self.wrapInboundOut(.head(head)))
        context.fireChannelRead(Self.wrapInboundOut(.end(nil)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch (state, error as? HTTPParserError) {
        case (.ending, _?), (.ended, _?): break
        case (.new, let error?), (.upgrading, let error?), (.http, let error?):
            end(with: error == .headerOverflow ? .headTooBig : .malformed, context: context)
        case (.http, nil), (.ending, nil): context.fireErrorCaught(error)
        case (.new, nil), (.upgrading, nil), (.ended, nil): context.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch (event, state) {
        case (is ChannelShouldQuiesceEvent, .new):
            context.close(promise: nil)
        case (RequestDeadlineHandler.Timeout.silence, _):
            metrics.refused(.silent)
            context.close(promise: nil)
        case (RequestDeadlineHandler.Timeout.slowHead, .new), (RequestDeadlineHandler.Timeout.slowHead, .http):
            end(with: .headTooSlow, context: context)
        case (RequestDeadlineHandler.Timeout.slowHead, _):
            break
        case (ChannelEvent.inputClosed, .ended):
            context.close(promise: nil)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    // MARK: Responses

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch Self.unwrapOutboundIn(data) {
        case .head(var head) where isLast && head.status.code >= 200:
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            context.write(Self.wrapOutboundOut(.head(head)), promise: promise)
        case .end(let trailers) where due > 0:
            due -= 1
            guard case .ending(let refusal) = state, due == 0 else {
                context.write(data, promise: promise)
                return
            }
            if let refusal {
                context.write(data, promise: promise)
                end(with: refusal, context: context)
            } else {
                writeLast(.end(trailers), context: context, promise: promise)
            }
        case .head, .body, .end:
            context.write(data, promise: promise)
        }
    }

    /// Whether nothing follows the response that is being written.
    private var isLast: Bool {
        if case .ending(nil) = state { due == 1 } else { false }
    }

    /// Answers at once, or behind the responses that are due.
    private func end(with refusal: RequestRefusal, context: ChannelHandlerContext) {
        guard due == 0 else {
            state = .ending(refusal)
            return
        }
        metrics.refused(refusal.counted)
        answer(refusal.status, refusal.text, header: nil, context: context)
    }

    private func answer(
        _ status: HTTPResponseStatus, _ text: String, header: UpgradeRefusal.Header?, context: ChannelHandlerContext
    ) {
        let body = ByteBuffer(string: text + "\n")
        var headers = HTTPHeaders([
            ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", String(body.readableBytes)),
            ("Connection", "close"),
        ])
        if let header { headers.add(name: header.name, value: header.value) }
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(Self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        writeLast(.end(nil), context: context, promise: nil)
        context.flush()
    }

    private func writeLast(
        _ end: HTTPServerResponsePart, context: ChannelHandlerContext, promise: EventLoopPromise<Void>?
    ) {
        state = .ended
        let written = promise ?? context.eventLoop.makePromise()
        let channel = context.channel
        written.futureResult.whenComplete { _ in
            channel.close(mode: .output, promise: nil)
            let late = channel.eventLoop.scheduleTask(in: Self.lingering) { channel.close(promise: nil) }
            channel.closeFuture.whenComplete { _ in late.cancel() }
        }
        context.write(Self.wrapOutboundOut(end), promise: written)
    }
}

extension HTTPRequestHead {
    fileprivate var hasBody: Bool {
        headers.contains(name: "Transfer-Encoding") || !headers["Content-Length"].allSatisfy { $0 == "0" }
    }
}
