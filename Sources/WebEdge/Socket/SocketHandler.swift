import Actors
package import ChatModel
import Logging
package import NIOCore
package import NIOWebSocket

/// One WebSocket: frames in, finished frames out. Everything the socket itself must do, and nothing of the chat: it
/// assembles messages, keeps the heartbeat, writes, watches how slowly its client reads, and closes by RFC 6455.
///
/// ```
///   WebSocketFrame ─▶ FrameAssembler ─▶ SocketSession ─▶ ConnectionRef … Room
///        channel  ◀── LoopFlusher ◀──── write ◀───────── Connection … Room
/// ```
///
/// Behind NIO's `WebSocketFrameDecoder` in the pipeline; owned by it and by the `SocketRegistry` until the channel is
/// inactive. It has one timer, for whatever is due first.
// Confined to the channel's event loop: whoever writes does so there (`ConnectionOutlet`).
package final class SocketHandler: ChannelInboundHandler, @unchecked Sendable {
    package typealias InboundIn = WebSocketFrame
    package typealias OutboundOut = ByteBuffer

    private enum Phase {
        case open
        /// Our close frame is on its way; the other side's is awaited.
        case closing(until: NIODeadline)
        case closed
    }

    package let eventLoop: any EventLoop
    let id: SocketID
    private let accepted: AcceptedSocket
    private let services: SocketServices
    private let sockets: LoopSockets
    private let turns = TurnQueue()
    private var session: SocketSession?

    private var context: ChannelHandlerContext?
    private var phase = Phase.open
    private var assembler: FrameAssembler
    private var heartbeat: HeartbeatStateMachine
    private var stall: OutboundStall
    private var pings: RateLimit?
    private var helloDeadline: NIODeadline
    private var fragmentDeadline = NIODeadline.distantFuture
    private var timer: (due: NIODeadline, callback: NIOScheduledCallback)?
    private var isReading = false
    private var isDirty = false
    /// More waits to be sent than the channel's high watermark.
    private var isBacklogged = false

    package init(_ accepted: AcceptedSocket, services: SocketServices) {
        let configuration = services.configuration
        self.eventLoop = accepted.channel.eventLoop
        self.id = services.registry.makeID()
        self.accepted = accepted
        self.services = services
        self.sockets = services.registry.sockets(of: eventLoop)
        self.assembler = FrameAssembler(limits: .init(messageBytes: configuration.frameBytes))
        let now = eventLoop.now
        self.heartbeat = HeartbeatStateMachine(
            interval: configuration.heartbeatInterval, patience: configuration.heartbeatPatience, now: now)
        self.stall = OutboundStall(patience: configuration.stallTimeout)
        self.helloDeadline = now + configuration.helloTimeout
    }

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
        let session = SocketSession(socket: self, mode: accepted.mode, services: services)
        self.session = session
        if accepted.mode == .plain { session.startPlain(in: accepted.room, at: eventLoop.now) }
        if !session.awaitsHello { helloDeadline = .distantFuture }
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
        switch phase {
        case .open: perform(action, at: eventLoop.now)
        case .closing: if case .closed = action { context.close(promise: nil) }
        case .closed: break
        }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        if case .open = phase {
            heartbeat.received(at: eventLoop.now)
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
            checkStall(of: context.channel, at: eventLoop.now)
            arm()
        }
        runTurns()
        context.fireChannelWritabilityChanged()
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard case .open = phase, let error = error as? NIOWebSocketError else {
            // The connection is broken; or it is closing, and what still comes in cannot be read.
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
            guard fragmentDeadline == .distantFuture else { break }
            fragmentDeadline = now + services.configuration.fragmentTimeout
            arm()
        case .text(let payload):
            fragmentDeadline = .distantFuture
            session?.receive(payload, at: now)
            if let session, !session.awaitsHello { helloDeadline = .distantFuture }
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

    // MARK: The timer

    /// Makes sure that the timer fires at the first deadline, or before: it is not moved when a deadline is.
    private func arm() {
        if case .closed = phase { return }
        let due = nextDeadline
        if let timer {
            guard due < timer.due else { return }
            timer.callback.cancel()
        }
        do {
            timer = (due, try eventLoop.scheduleCallback(at: due, handler: self))
        } catch {
            // The event loop is shutting down, and every channel with it.
            timer = nil
        }
    }

    private var nextDeadline: NIODeadline {
        switch phase {
        case .open: min(heartbeat.deadline, helloDeadline, fragmentDeadline, stall.deadline)
        case .closing(let deadline): deadline
        case .closed: .distantFuture
        }
    }

    private func timerFired(at now: NIODeadline) {
        switch phase {
        case .closed: return
        case .closing(let deadline):
            guard now < deadline else {
                context?.close(promise: nil)
                return
            }
        case .open:
            if now >= helloDeadline { return close(.noHello) }
            if now >= fragmentDeadline { return close(.unfinishedFragments) }
            if let context { checkStall(of: context.channel, at: now) }
            guard case .open = phase else { return }
            switch heartbeat.timerFired(at: now) {
            case .none: break
            case .timeOut: return close(.heartbeatTimeout)
            case .ping:
                var buffer = ByteBuffer()
                FrameEncoder.ping(into: &buffer)
                write(buffer)
            }
        }
        arm()
    }

    // MARK: Closing

    /// Closes because the node stops. A client of version 1 is told when to come back.
    /// - `patience`: for the other side's close frame, if the node has less than the usual time.
    /// - Returns: false if it is closing already.
    func drain(patience: TimeAmount) -> Bool {
        if case .closing(let deadline) = phase {
            phase = .closing(until: min(deadline, eventLoop.now + patience))
            arm()
        }
        guard case .open = phase else { return false }
        if accepted.mode == .v1 {
            let window = Int(services.configuration.reconnectWindow.nanoseconds / 1_000_000)
            write(.goodbye(reason: "restart", reconnectAfterMs: .random(in: 0...max(0, window))))
        }
        close(.drain, patience: min(patience, services.configuration.closeTimeout))
        return true
    }

    /// The other side has closed: its code goes back, and the connection ends.
    private func answerClose(_ code: UInt16?) {
        guard let context else { return }
        phase = .closing(until: eventLoop.now + services.configuration.closeTimeout)
        services.metrics.disconnected(code == CloseReason.goingAway.code ? .goingAway : .normal)
        leaveRooms()
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
        switch phase {
        case .closed: return
        case .open: services.metrics.disconnected(.lost)
        case .closing: break
        }
        phase = .closed
        timer?.callback.cancel()
        timer = nil
        leaveRooms()
        sockets.remove(id)
        services.logger.debug("socket closed", metadata: metadata)
    }

    private var metadata: Logger.Metadata {
        [LogKey.connectionID: "\(id)", LogKey.remoteAddress: "\(accepted.remoteAddress)"]
    }
}

extension SocketHandler: NIOScheduledCallbackHandler {
    package func handleScheduledCallback(eventLoop: some EventLoop) {
        timer = nil
        timerFired(at: eventLoop.now)
    }
}

// MARK: - What the actors and the session see

extension SocketHandler: ConnectionOutlet {
    package func write(_ frames: ByteBuffer) {
        guard case .open = phase, let context else { return }
        stall.wrote(frames.readableBytes)
        context.write(Self.wrapOutboundOut(frames), promise: nil)
        if !isDirty {
            isDirty = true
            // In our own read cycle, its end flushes.
            if !isReading { sockets.flusher.add(self) }
        }
        if isBacklogged { checkBacklog(of: context.channel) }
    }

    func write(_ frame: ServerFrame) {
        var buffer = ByteBuffer()
        FrameEncoder.text(frame, into: &buffer)
        write(buffer)
    }

    func flush() {
        guard isDirty else { return }
        isDirty = false
        context?.flush()
    }

    package func awaitTurn(_ page: @escaping () -> Void) {
        guard case .open = phase else { return }
        guard turns.append(page) else { return close(.flood) }
        runTurns()
    }

    package func endTurn() {
        turns.endTurn()
        runTurns()
    }

    package func turnedAway(from room: RoomName) { session?.turnedAway(from: room) }

    package func close(_ reason: CloseReason) {
        close(reason, patience: services.configuration.closeTimeout)
    }

    private func close(_ reason: CloseReason, patience: TimeAmount) {
        guard case .open = phase else { return }
        phase = .closing(until: eventLoop.now + patience)
        services.metrics.disconnected(reason)
        if reason.label == .protocolError { services.metrics.failed(.webSocketError) }
        services.logger.debug(
            "socket closing", metadata: metadata.merging([LogKey.reason: "\(reason)"]) { $1 })
        context?.writeAndFlush(closeFrame(code: reason.code, text: reason.text), promise: nil)
        arm()
        // Whoever closes may be a room in the midst of its fan-out: leaving it has to wait.
        eventLoop.execute { self.leaveRooms() }
    }

    /// Asked only while the channel is not writable: what waits is nothing a reading client would notice before.
    private func checkBacklog(of channel: any Channel) {
        if waitingBytes(in: channel) > services.configuration.outboundBytes { closeSlowReader() }
    }

    private func checkStall(of channel: any Channel, at now: NIODeadline) {
        guard case .open = phase, stall.look(waiting: waitingBytes(in: channel), at: now) else { return }
        closeSlowReader()
    }

    private func waitingBytes(in channel: any Channel) -> Int {
        // A channel that does not know has no socket behind it.
        (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    private func closeSlowReader() {
        services.metrics.slowConsumer(.client)
        close(.slowReader)
    }

    private func runTurns() {
        turns.run {
            guard case .open = phase else { return false }
            return !isBacklogged
        }
    }
}
