import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Decides with the first request whether a connection is HTTP or a WebSocket, without a task or a future; a handshake
/// behind other requests waits for their responses. Ends connections that cannot be served any further, after the
/// pending responses, with an answer that says why.
///
///     encoder ─ deadline ─ decoder ─ gate ─┬─ HTTP: Hummingbird's handlers are added behind it
///                                          └─ WebSocket: its handlers are added behind it, and all of these leave
///
/// One per connection, on its event loop. Refusals are written here; the routes answer everything else.
final class UpgradeGateHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        /// No request yet.
        case new
        case http
        /// A handshake was read behind other requests, whose responses are pending. Nothing more is read.
        case waiting(HTTPRequestHead)
        /// The first request is an admitted handshake, of which only the head was read.
        case upgrading(UpgradeGate.Handshake)
        /// The handshake was read whole, and waits for its turn.
        case switching
        /// It is a socket. Until the decoder has left, everything passes.
        case switched
        /// The body of an upload is read, and nothing behind it. Ends after the pending responses.
        case receiving
        /// Nothing more is read. Ends after the pending responses, with a last answer if there is one.
        case ending(RequestRefusal?)
        /// The last byte was written, or is being written.
        case ended
    }

    /// Closing at once would reset a connection with unread bytes, and the client might lose our answer: its input is
    /// discarded for this long, or until it closes too (nginx: `lingering_timeout`).
    private static let lingering = TimeAmount.seconds(2)

    typealias HTTPChannel = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    private let peer: IPAddress?
    private let upgrader: SocketUpgrader
    private let admission: SocketAdmission
    private let deadline: RequestDeadlineHandler
    /// Those in front of this one, which a socket does not need; the decoder is the last.
    private let handlers: [any RemovableChannelHandler]
    /// Whether the connection may be kept for another request.
    private let mayWait: () -> Bool
    /// Completed by the first request, or by the connection's end; `nil`: there is no HTTP to serve.
    private var http: EventLoopPromise<HTTPChannel?>?
    /// Adds the handlers that serve HTTP behind this one.
    private let serveHTTP: () throws -> HTTPChannel
    private var metrics: EdgeMetrics { upgrader.metrics }
    private var state = State.new
    /// Requests passed on that have no complete response yet.
    private var due = 0
    /// Whether the last response has left.
    private var lastIsWritten = false
    private var lastHasBegun = false
    private var inputIsClosed = false
    /// Whether the last request was HTTP/1.0, which has no chunks.
    private var isOld = false

    init(
        peer: IPAddress?, upgrader: SocketUpgrader, admission: SocketAdmission, deadline: RequestDeadlineHandler,
        handlers: [any RemovableChannelHandler], mayWait: @escaping () -> Bool,
        http: EventLoopPromise<HTTPChannel?>, serveHTTP: @escaping () throws -> HTTPChannel
    ) {
        self.peer = peer
        self.upgrader = upgrader
        self.admission = admission
        self.deadline = deadline
        self.handlers = handlers
        self.mayWait = mayWait
        self.http = http
        self.serveHTTP = serveHTTP
    }

    func handlerRemoved(context: ChannelHandlerContext) { resolve(nil) }

    private func resolve(_ channel: HTTPChannel?) {
        http?.succeed(channel)
        http = nil
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .waiting, .ending, .ended: return
        case .upgrading(let handshake):
            guard case .end = Self.unwrapInboundIn(data) else { return }
            return becomeSocketInTurn(handshake, context: context)
        case .switching:
            // The parser did not take the handshake for one, and has read on.
            return context.close(promise: nil)
        case .switched:
            return context.fireChannelRead(data)
        case .receiving:
            if case .end = Self.unwrapInboundIn(data) {
                deadline.bodyCompleted()
                state = .ending(nil)
            }
            return context.fireChannelRead(data)
        case .new, .http: break
        }
        guard case .head(let head) = Self.unwrapInboundIn(data) else {
            context.fireChannelRead(data)
            return
        }
        deadline.headCompleted()
        guard head.hasOneHost else { return end(with: .badHost, context: context) }
        if upgrader.gate.concerns(head) {
            if case .new = state { return upgrade(head, context: context) }
            state = .waiting(head)
            if due == 0 { upgradeLate(context: context) }
        } else if head.headers.contains(name: "Upgrade") || head.hasBody || head.isOld || !head.isKeepAlive
            || head.method == .CONNECT || !mayWait()
        {
            // The decoder stops at every upgrade and CONNECT; a body may have any length, or be answered before it ends;
            // an HTTP/1.0 client waits for the end; and a client that asks to close must get `close` (RFC 9112,
            // sections 9.3 and 9.6).
            passAsLast(head, bodyLength: upgrader.gate.uploadLength(head), context: context)
        } else if startHTTP(context: context) {
            state = .http
            due += 1
            context.fireChannelRead(data)
        }
    }

    /// - Returns: `false` if the connection has just ended.
    private func startHTTP(context: ChannelHandlerContext) -> Bool {
        guard http != nil else { return true }
        do {
            resolve(try serveHTTP())
            return true
        } catch {
            context.close(promise: nil)
            return false
        }
    }

    private func upgrade(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        let handshake: UpgradeGate.Handshake
        do throws(UpgradeRefusal) {
            handshake = try upgrader.gate.handshake(head, peer: peer)
            let client = handshake.client
            if let text = client.unreadable { upgrader.notices.unreadableAddress(text, of: client.description) }
            if !handshake.isEcho {
                try admission.admit(client.counted)
                context.channel.closeFuture.whenComplete { [admission] _ in admission.release(client.counted) }
            }
        } catch {
            if error == .foreignOrigin { upgrader.notices.foreignOrigin(head.headers, from: peer) }
            metrics.connected(error.counted)
            answer(error.status, error.text, header: error.header, to: head.method, context: context)
            return
        }
        deadline.becomesSocket()
        if case .new = state {
            state = .upgrading(handshake)
        } else {
            // Its end was swallowed.
            becomeSocketInTurn(handshake, context: context)
        }
    }

    private func becomeSocketInTurn(_ handshake: UpgradeGate.Handshake, context: ChannelHandlerContext) {
        state = .switching
        upgrader.queues.queue(of: context.eventLoop).append {
            if context.channel.isActive { self.becomeSocket(handshake, context: context) }
        }
    }

    /// Answers, and replaces the handlers. The decoder leaves last, in the next tick, and passes on what followed the
    /// request.
    private func becomeSocket(_ handshake: UpgradeGate.Handshake, context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        do {
            if http == nil { try leaveHTTP(pipeline) }
            let left = context.eventLoop.makePromise(of: Void.self)
            for handler in handlers { pipeline.removeHandler(handler, promise: handler === handlers.last ? left : nil) }
            // The encoder has gone: these are bytes.
            context.writeAndFlush(NIOAny(upgrader.response(to: handshake)), promise: nil)
            state = .switched
            try upgrader.addSocket(handshake, to: context.channel, behind: self)
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            left.futureResult.whenComplete { _ in
                let context = bound.value
                guard context.channel.isActive else { return }
                // What followed the request was passed on outside of a read cycle.
                context.fireChannelReadComplete()
                context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
            }
        } catch {
            context.close(promise: nil)
        }
    }

    /// NIO's end of the request stream remains, behind everything else, because it cannot be removed. It sees only the
    /// end of the connection, which ends the task waiting for the next request.
    private func leaveHTTP(_ pipeline: ChannelPipeline.SynchronousOperations) throws {
        pipeline.removeHandler(
            context: try pipeline.context(handlerType: HTTPConnectionStateHandler.self), promise: nil)
        pipeline.removeHandler(context: try pipeline.context(handlerType: HTTP1ToHTTPServerCodec.self), promise: nil)
    }

    /// Not at once: the last byte of the previous response is still passing through the handlers to be removed.
    private func upgradeLate(context: ChannelHandlerContext) {
        later(context) { gate, context in
            if case .waiting(let head) = gate.state { gate.upgrade(head, context: context) }
        }
    }

    /// In the next tick, unless the connection has ended.
    private func later(
        _ context: ChannelHandlerContext,
        _ work: @escaping @Sendable (UpgradeGateHandler, ChannelHandlerContext) -> Void
    ) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let (gate, context) = bound.value
            if context.channel.isActive { work(gate, context) }
        }
    }

    /// The routes answer it, and the connection ends.
    /// - `bodyLength`: `nil`: without its body.
    private func passAsLast(_ head: HTTPRequestHead, bodyLength: Int?, context: ChannelHandlerContext) {
        guard startHTTP(context: context) else { return }
        state = bodyLength == nil ? .ending(nil) : .receiving
        due += 1
        isOld = head.isOld
        var head = head
        head.headers.remove(name: "Upgrade")
        head.headers.replaceOrAdd(name: "Connection", value: "close")
        context.fireChannelRead(Self.wrapInboundOut(.head(head)))
        guard let bodyLength else { return context.fireChannelRead(Self.wrapInboundOut(.end(nil))) }
        deadline.bodyBegins(bodyLength, on: context.eventLoop)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        if case .ended = state { context.read() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch (state, error as? HTTPParserError) {
        case (.waiting, _?), (.switching, _?), (.ending, _?), (.ended, _?): break
        case (.new, let error?), (.upgrading, let error?), (.http, let error?):
            end(with: error == .headerOverflow ? .headTooBig : .malformed, context: context)
        case (.http, nil), (.ending, nil), (.switched, _): context.fireErrorCaught(error)
        case (.receiving, nil): context.fireErrorCaught(error)
        case (.receiving, _?): context.close(promise: nil)
        case (.new, nil), (.waiting, nil), (.upgrading, nil), (.switching, nil), (.ended, nil):
            context.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch (event, state) {
        case (is ChannelShouldQuiesceEvent, .new), (ChannelEvent.inputClosed, .new),
            (ChannelEvent.inputClosed, .switching):
            context.close(promise: nil)
        case (RequestDeadlineHandler.Timeout.silence, _):
            metrics.refused(.silent)
            context.close(promise: nil)
        case (RequestDeadlineHandler.Timeout.slowHead, .new), (RequestDeadlineHandler.Timeout.slowHead, .http):
            end(with: .headTooSlow, context: context)
        case (RequestDeadlineHandler.Timeout.slowBody, .receiving):
            metrics.refused(.bodyTooSlow)
            guard due == 1, !lastHasBegun else { return context.close(promise: nil) }
            let refusal = RequestRefusal.bodyTooSlow
            answer(refusal.status, refusal.text, header: nil, to: nil, context: context)
            // The route waits for the rest.
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        case (RequestDeadlineHandler.Timeout.slowHead, _), (RequestDeadlineHandler.Timeout.slowBody, _):
            break
        case (ChannelEvent.inputClosed, .ended):
            inputIsClosed = true
            if lastIsWritten { context.close(promise: nil) }
        case (ChannelEvent.inputClosed, .waiting):
            // A client that has closed its side wants no socket, but still the earlier responses.
            state = .ending(nil)
            if due == 0 { context.close(promise: nil) } else { context.fireUserInboundEventTriggered(event) }
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    // MARK: Responses

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // The socket writes bytes.
        if case .switched = state { return context.write(data, promise: promise) }
        if case .ended = state {
            promise?.succeed()
            return
        }
        switch Self.unwrapOutboundIn(data) {
        case .head(var head) where isLast && head.status.code >= 200:
            lastHasBegun = true
            if isOld { head.version = .http1_0 }
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            context.write(Self.wrapOutboundOut(.head(head)), promise: promise)
        case .end(let trailers) where due > 0:
            due -= 1
            switch state {
            case .ending(nil) where due == 0, .receiving where due == 0:
                writeLast(.end(trailers), context: context, promise: promise)
            case .ending(let refusal?) where due == 0:
                context.write(data, promise: promise)
                end(with: refusal, context: context)
            default:
                context.write(data, promise: promise)
                if case .waiting = state, due == 0 { upgradeLate(context: context) }
            }
        case .head, .body, .end:
            context.write(data, promise: promise)
        }
    }

    /// Whether the current response is the last.
    private var isLast: Bool {
        switch state {
        case .ending(nil), .receiving: due == 1
        default: false
        }
    }

    /// Answers at once, or after the pending responses.
    private func end(with refusal: RequestRefusal, context: ChannelHandlerContext) {
        guard due == 0 else {
            state = .ending(refusal)
            return
        }
        metrics.refused(refusal.counted)
        answer(refusal.status, refusal.text, header: nil, to: nil, context: context)
    }

    private func answer(
        _ status: HTTPResponseStatus, _ text: String, header: UpgradeRefusal.Header?, to method: HTTPMethod?,
        context: ChannelHandlerContext
    ) {
        let body = ByteBuffer(string: text + "\n")
        var headers = HTTPHeaders([
            ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", String(body.readableBytes)),
            ("Connection", "close"),
        ])
        if let header { headers.add(name: header.name, value: header.value) }
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        if method != .HEAD { context.write(Self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        writeLast(.end(nil), context: context, promise: nil)
        context.flush()
    }

    private func writeLast(
        _ end: HTTPServerResponsePart, context: ChannelHandlerContext, promise: EventLoopPromise<Void>?
    ) {
        state = .ended
        let written = promise ?? context.eventLoop.makePromise()
        let channel = context.channel
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        written.futureResult.whenComplete { _ in
            bound.value.lastIsWritten = true
            if bound.value.inputIsClosed { return channel.close(promise: nil) }
            channel.close(mode: .output, promise: nil)
            let late = channel.eventLoop.scheduleTask(in: Self.lingering) { channel.close(promise: nil) }
            channel.closeFuture.whenComplete { _ in late.cancel() }
        }
        context.write(Self.wrapOutboundOut(end), promise: written)
        context.read()
    }
}

extension HTTPRequestHead {
    fileprivate var hasBody: Bool {
        headers.contains(name: "Transfer-Encoding") || !headers["Content-Length"].allSatisfy { $0 == "0" }
    }

    fileprivate var isOld: Bool { version != .http1_1 }

    /// As HTTP/1.1 requires (RFC 9112, section 3.2); older requests may have none.
    fileprivate var hasOneHost: Bool {
        let hosts = headers["Host"]
        guard isOld || hosts.count == 1 else { return false }
        return hosts.count < 2 && hosts.allSatisfy { $0.utf8.allSatisfy(Self.isOfHost) }
    }

    private static func isOfHost(_ byte: UInt8) -> Bool {
        byte > UInt8(ascii: " ") && byte != 0x7F && !"\"#,/<>?@\\^`{|}".utf8.contains(byte)
    }
}
