import NIOCore
import NIOHTTP1

/// Stands between the HTTP decoder and NIO's upgrade handler, and lets only requests that will be upgraded keep their
/// `Upgrade` header: NIO's handler loses the head of a request whose upgrade nobody takes.
///
///     decoder ─ gate ─ NIOTypedHTTPServerUpgradeHandler ─┬─ (WebSocket: gate and all HTTP handlers are removed)
///                                                        └─ (HTTP: the gate stays, the upgrade handler goes)
///
/// One a connection, on its event loop. A refusal is written here; everything else is answered by the routes.
final class UpgradeGateHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        /// Nothing was asked yet: the only request that may be upgraded is still to come.
        case new
        case upgrading
        /// Answered here; what else comes is not read.
        case refused
        case http
        /// The decoder has stopped at an upgrade that nobody wanted: after the response, the connection ends.
        case lastResponse
    }

    private let gate: UpgradeGate
    private let admission: SocketAdmission
    private let metrics: EdgeMetrics
    private var state = State.new

    init(gate: UpgradeGate, admission: SocketAdmission, metrics: EdgeMetrics) {
        self.gate = gate
        self.admission = admission
        self.metrics = metrics
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .refused = state { return }
        guard case .head(var head) = Self.unwrapInboundIn(data), head.headers.contains(name: "Upgrade") else {
            if case .new = state { state = .http }
            context.fireChannelRead(data)
            return
        }
        if case .new = state, UpgradeGate.concerns(head) {
            do throws(UpgradeRefusal) {
                try admit(head, context: context)
            } catch {
                refuse(error, context: context)
                return
            }
            state = .upgrading
            head.headers.replaceOrAdd(name: "Upgrade", value: "websocket")
        } else {
            state = .lastResponse
            head.headers.remove(name: "Upgrade")
            head.headers.replaceOrAdd(name: "Connection", value: "close")
        }
        context.fireChannelRead(Self.wrapInboundOut(.head(head)))
    }

    private func admit(_ head: HTTPRequestHead, context: ChannelHandlerContext) throws(UpgradeRefusal) {
        let address = try gate.handshake(head, peer: context.remoteAddress).address
        try admission.admit(address)
        context.channel.closeFuture.whenComplete { [admission] _ in admission.release(address) }
    }

    private func refuse(_ refusal: UpgradeRefusal, context: ChannelHandlerContext) {
        metrics.connected(refusal.counted)
        var headers = HTTPHeaders([("Content-Type", "text/plain; charset=utf-8")])
        if let header = refusal.header { headers.add(name: header.name, value: header.value) }
        answer(refusal.status, headers, text: refusal.text, context: context)
    }

    /// The last thing that is said on this connection.
    private func answer(
        _ status: HTTPResponseStatus, _ headers: HTTPHeaders, text: String, context: ChannelHandlerContext
    ) {
        state = .refused
        let body = ByteBuffer(string: text + "\n")
        var headers = headers
        headers.add(name: "Content-Length", value: String(body.readableBytes))
        headers.add(name: "Connection", value: "close")
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(Self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        writeEnd(.end(nil), context: context, promise: nil)
        context.flush()
    }

    private func writeEnd(
        _ end: HTTPServerResponsePart, context: ChannelHandlerContext, promise: EventLoopPromise<Void>?
    ) {
        let written = promise ?? context.eventLoop.makePromise()
        let channel = context.channel
        written.futureResult.whenComplete { _ in channel.close(promise: nil) }
        context.write(Self.wrapOutboundOut(end), promise: written)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .lastResponse = state else {
            context.write(data, promise: promise)
            return
        }
        switch Self.unwrapOutboundIn(data) {
        case .head(var head) where head.status.code >= 200:
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            context.write(Self.wrapOutboundOut(.head(head)), promise: promise)
        case .head, .body:
            context.write(data, promise: promise)
        case .end(let trailers):
            writeEnd(.end(trailers), context: context, promise: promise)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch state {
        case .new, .upgrading:
            // Behind us nobody speaks HTTP yet.
            guard error is HTTPParserError else {
                context.close(promise: nil)
                return
            }
            answer(.badRequest, [:], text: "this is not HTTP/1.1", context: context)
        case .refused:
            context.close(promise: nil)
        case .http, .lastResponse:
            context.fireErrorCaught(error)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .new = state, event is ChannelShouldQuiesceEvent {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }
}
