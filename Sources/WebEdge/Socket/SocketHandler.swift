import Actors
package import ChatModel
import ChatProtocol
import Logging
package import NIOCore
package import NIOWebSocket
import Operations

/// One WebSocket: frames in, finished frames out. Handles the socket, not the chat: assembles messages, runs the
/// heartbeat, writes, detects slow readers, and closes by RFC 6455.
///
/// ```
///   WebSocketFrame ─▶ FrameAssembler ─▶ SocketSession ─▶ ConnectionRef … Room
///        channel  ◀── LoopFlusher ◀──── write ◀───────── Connection … Room
/// ```
///
/// Behind NIO's `WebSocketFrameDecoder` in the pipeline; owned by it and by the `SocketRegistry` until the channel is
/// inactive. Has one timer, for the earliest deadline.
// Confined to the channel's event loop, as `ConnectionOutlet` requires.
package final class SocketHandler: ChannelInboundHandler, @unchecked Sendable {
    package typealias InboundIn = WebSocketFrame
    package typealias OutboundOut = ByteBuffer

    /// More is written at once, so that one tick cannot queue without a limit.
    private static let flushBytes = 64 * 1024

    package let eventLoop: any EventLoop
    let id: SocketID
    private let accepted: AcceptedSocket
    private let services: SocketServices
    private let sockets: LoopSockets
    private let turns = TurnQueue()
    private var session: SocketSession?

    private var context: ChannelHandlerContext?
    private var stateMachine: SocketStateMachine
    private var assembler: FrameAssembler
    private var pings: RateLimit?
    private var timer: (due: NIODeadline, callback: NIOScheduledCallback)?
    private var isReading = false
    private var outbound: DirectWriter
    private var isDirty = false
    /// More is queued than the channel's high watermark.
    private var isBacklogged = false

    package init(_ accepted: AcceptedSocket, services: SocketServices) {
        let configuration = services.configuration
        self.eventLoop = accepted.channel.eventLoop
        self.id = services.registry.makeID()
        self.accepted = accepted
        self.services = services
        self.sockets = services.registry.sockets(of: eventLoop)
        self.outbound = DirectWriter(descriptor: accepted.descriptor)
        self.assembler = FrameAssembler(limits: .init(messageBytes: configuration.frameBytes))
        self.stateMachine = SocketStateMachine(configuration, now: eventLoop.now)
    }

    var client: ClientAddress.Found { accepted.client }

    // MARK: The channel

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { start() }
    }

    package func channelActive(context: ChannelHandlerContext) {
        start()
        context.fireChannelActive()
    }

    private func start() {
        sockets.add(self)
        services.logger.debug("socket opened", metadata: metadata)
        let session = SocketSession(
            socket: self, mode: accepted.mode, address: accepted.client.counted, user: accepted.user, services: services
        )
        self.session = session
        if accepted.mode == .plain { session.startPlain(in: accepted.room, at: eventLoop.now) }
        if !session.awaitsHello { stateMachine.saidHello() }
        arm()
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        finish()
        self.context = nil
    }

    package func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        let action = assembler.receive(Self.unwrapInboundIn(data))
        if stateMachine.isOpen {
            perform(action, at: eventLoop.now)
        } else if stateMachine.isClosing, case .closed = action {
            context.close(promise: nil)
        }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        if stateMachine.isOpen {
            stateMachine.heard(at: eventLoop.now)
            session?.endOfRead()
        }
        isReading = false
        flush()
        context.fireChannelReadComplete()
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        isBacklogged = !context.channel.isWritable
        if isBacklogged {
            // The timer would notice too, but up to a heartbeat later.
            if stateMachine.isStalled(waiting: waitingBytes(in: context.channel), at: eventLoop.now) {
                close(.slowReader)
            }
            arm()
        }
        runTurns()
        context.fireChannelWritabilityChanged()
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard stateMachine.isOpen, let error = error as? NIOWebSocketError else {
            // The connection is broken, or it is closing and its input cannot be read.
            services.logger.debug("socket failed", metadata: metadata.merging([LogKey.error: "\(error)"]) { $1 })
            context.close(promise: nil)
            return
        }
        close(error == .invalidFrameLength ? .tooBig : .protocolError)
    }

    // MARK: Frames

    private func perform(_ action: FrameAssembler.Action, at now: NIODeadline) {
        switch action {
        case .none: break
        case .wait:
            stateMachine.fragmentReceived(at: now)
            arm()
        case .text(let payload):
            stateMachine.messageReceived()
            session?.receive(payload, at: now)
            if let session, !session.awaitsHello { stateMachine.saidHello() }
        case .binary:
            preconditionFailure("a chat socket's assembler refuses binary messages")
        case .pong(let payload):
            pong(payload, at: now)
        case .closed(let code):
            answerClose(code)
        case .fail(let reason):
            close(reason)
        }
    }

    private func pong(_ payload: ByteBuffer, at now: NIODeadline) {
        if pings == nil {
            let configuration = services.configuration
            pings = RateLimit.Configuration(perSecond: configuration.pingRate, burst: configuration.pingBurst)
                .map { RateLimit($0, now: now) }
        }
        if let verdict = pings?.take(1, at: now), verdict != .taken { return close(.flood) }
        var buffer = ByteBuffer()
        FrameEncoder.pong(payload, into: &buffer)
        write(buffer)
    }

    /// The session knows its user only now, after the frame that named it.
    /// - `deadline`: until when its token is good.
    func signedIn(until deadline: NIODeadline) {
        stateMachine.saidHello()
        stateMachine.signedIn(until: deadline)
        arm()
    }

    // MARK: The timer

    /// Makes sure that the timer fires at the first deadline or earlier; it is not moved when a deadline is.
    private func arm() {
        let due = stateMachine.deadline
        if let timer {
            guard due < timer.due else { return }
            timer.callback.cancel()
        }
        guard due < .distantFuture else { return }
        do {
            timer = (due, try eventLoop.scheduleCallback(at: due, handler: self))
        } catch {
            // The event loop and all its channels are shutting down.
            timer = nil
        }
    }

    private func timerFired(at now: NIODeadline) {
        switch stateMachine.timerFired(waiting: context.map { waitingBytes(in: $0.channel) } ?? 0, at: now) {
        case .none: break
        case .close(let reason): return close(reason)
        case .cut:
            context?.close(promise: nil)
            return
        case .ping:
            var buffer = ByteBuffer()
            FrameEncoder.ping(into: &buffer)
            write(buffer)
        }
        arm()
    }

    /// Before hello, clients get it with the welcome; plain clients know only messages.
    func sendStatus(writable: Bool) {
        guard stateMachine.isOpen, accepted.mode == .v1, session?.awaitsHello == false else { return }
        write(.status(writable: writable))
    }

    // MARK: Closing

    /// Closes because the node is shutting down. Version 1 clients get a `goodbye` with the time to reconnect.
    /// - `patience`: for the peer's close frame, if the node has less than the usual time.
    /// - Returns: false if it is already closing.
    func drain(patience: TimeAmount) -> Bool {
        guard stateMachine.isOpen else {
            stateMachine.hurry(until: eventLoop.now + patience)
            arm()
            return false
        }
        if accepted.mode == .v1 {
            let window = Int(services.configuration.reconnectWindow.nanoseconds / 1_000_000)
            write(.goodbye(reason: "restart", reconnectAfterMs: .random(in: 0...max(0, window))))
        }
        close(.drain, patience: min(patience, services.configuration.closeTimeout))
        return true
    }

    /// The peer has closed: echoes its code and ends the connection.
    private func answerClose(_ code: UInt16?) {
        guard let context, stateMachine.close(until: eventLoop.now + services.configuration.closeTimeout) else {
            return
        }
        services.metrics.disconnected(code == CloseReason.goingAway.code ? .goingAway : .normal)
        leaveRooms()
        flush()
        let sent = eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        context.writeAndFlush(closeFrame(code: code ?? CloseReason.normal.code, text: ""), promise: sent)
        arm()
    }

    private func closeFrame(code: UInt16, text: String) -> NIOAny {
        var buffer = ByteBuffer()
        FrameEncoder.close(code: code, text: text, into: &buffer)
        return Self.wrapOutboundOut(buffer)
    }

    private func leaveRooms() {
        turns.removeAll()
        session?.end(at: eventLoop.now)
        session = nil
    }

    private func finish() {
        switch stateMachine.ended() {
        case .closed: return
        case .open: services.metrics.disconnected(.lost)
        case .closing: break
        }
        timer?.callback.cancel()
        timer = nil
        // A failed write may end the channel below a connection in mid-write.
        eventLoop.execute { self.leaveRooms() }
        sockets.remove(id)
        services.logger.debug("socket closed", metadata: metadata)
    }

    private var metadata: Logger.Metadata {
        [LogKey.connectionID: "\(id)", LogKey.remoteAddress: "\(accepted.client)"]
    }
}

extension SocketHandler: NIOScheduledCallbackHandler {
    package func handleScheduledCallback(eventLoop: some EventLoop) {
        timer = nil
        timerFired(at: eventLoop.now)
    }
}

// MARK: - For the actors and the session

extension SocketHandler: ConnectionOutlet {
    package func write(_ frames: ByteBuffer) {
        guard stateMachine.isOpen, let context else { return }
        outbound.append(frames)
        if !isDirty {
            isDirty = true
            // During a read cycle, its end flushes.
            if !isReading { sockets.flusher.add(self) }
        }
        if outbound.bytes > Self.flushBytes { flush() }
        // Checked only while the channel is not writable: below its watermark, the queue is short.
        if isBacklogged, waitingBytes(in: context.channel) + outbound.bytes > services.configuration.outboundBytes {
            close(.slowReader)
        }
    }

    func flush() {
        guard isDirty else { return }
        isDirty = false
        let rest = outbound.send(on: accepted.channel)
        guard !rest.isEmpty, let context else { return }
        // A queue that does not move may close the socket in between; nothing follows a close frame.
        let wasOpen = stateMachine.isOpen
        for frames in rest where stateMachine.isOpen == wasOpen {
            stateMachine.wrote(frames.readableBytes)
            context.write(Self.wrapOutboundOut(frames), promise: nil)
        }
        context.flush()
    }

    package func awaitTurn(_ page: @escaping () -> Void) {
        guard stateMachine.isOpen else { return }
        guard turns.append(page) else { return close(.flood) }
        runTurns()
    }

    package func endTurn() {
        turns.endTurn()
        runTurns()
    }

    package func turnedAway(from room: RoomName) { session?.turnedAway(from: room) }

    package func mayInvite(_ invitation: RoomInvitation) {
        if session != nil { RoomRequests(socket: self, services: services).invite(invitation) }
    }

    package func mayUpload(_ upload: FileUpload, by user: UserID) {
        if session != nil { write(FileRequests(services: services).allow(upload, by: user, at: client.counted)) }
    }

    package func renamed(to name: String) { session?.renamed(to: name) }

    package func close(_ reason: CloseReason) {
        close(reason, patience: services.configuration.closeTimeout)
    }

    private func close(_ reason: CloseReason, patience: TimeAmount) {
        guard stateMachine.close(until: eventLoop.now + patience) else { return }
        services.metrics.disconnected(reason)
        if reason == .slowReader { services.metrics.slowConsumer(.client) }
        if reason.label == .protocolError { services.metrics.failed(.webSocketError) }
        services.logger.debug(
            "socket closing", metadata: metadata.merging([LogKey.reason: "\(reason)"]) { $1 })
        flush()
        context?.writeAndFlush(closeFrame(code: reason.code, text: reason.text), promise: nil)
        arm()
        // The caller may be a connection in mid-write: it cannot be ended before it returns.
        eventLoop.execute { self.leaveRooms() }
    }

    private func waitingBytes(in channel: any Channel) -> Int {
        // A channel without this option has no socket behind it.
        (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    private func runTurns() {
        turns.run { stateMachine.isOpen && !isBacklogged }
    }
}
