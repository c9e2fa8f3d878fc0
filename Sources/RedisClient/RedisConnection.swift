internal import NIOCore
internal import ServiceLifecycle
import Supervision

/// One connection to Redis, open or closed: pipelines commands, matches replies, enforces deadlines.
///
/// Pinned to its channel's event loop and entered there with `enterOnLoop`; nothing suspends. Owned by the
/// `RedisLink` or `RedisSubscriber` that opened it, which opens a new one after it has closed.
actor RedisConnection {
    nonisolated let eventLoop: any EventLoop
    nonisolated let unownedExecutor: UnownedSerialExecutor

    private struct PendingCommand {
        let operation: RedisOperation
        let eventLoop: any EventLoop
        let completion: RedisCompletions.Completion
    }

    private let channel: any Channel
    private let configuration: RedisConfiguration
    private let metrics: RedisMetrics
    /// Receives published messages; `nil` if none are expected.
    private let pushReceiver: (any RedisPushReceiver)?
    private var pipeline: RedisPipelineStateMachine<PendingCommand>
    private var completions = RedisCompletions()
    private var deadlineTimer: Scheduled<Void>?
    private var pingTimer: RepeatedTask?
    private var heardSincePing = false
    /// Commands of this tick, written together.
    private var outbound: ByteBuffer
    private var flushScheduled = false
    /// Why this side closed; the first reason wins.
    private(set) var closeReason: RedisError?
    private var onClose: (@Sendable () -> Void)?

    init(
        channel: any Channel, configuration: RedisConfiguration, metrics: RedisMetrics,
        pushReceiver: (any RedisPushReceiver)?
    ) {
        self.eventLoop = channel.eventLoop
        self.unownedExecutor = channel.eventLoop.executor.asUnownedSerialExecutor()
        self.channel = channel
        self.configuration = configuration
        self.metrics = metrics
        self.pushReceiver = pushReceiver
        self.outbound = channel.allocator.buffer(capacity: 0)
        self.pipeline = RedisPipelineStateMachine(
            limits: .init(
                deadline: configuration.commandTimeout, lostAfter: configuration.lostAfter,
                maximumCommands: configuration.maximumPending, maximumBytes: configuration.maximumPendingBytes))
    }

    /// Sends at the end of this tick, together with the tick's other commands. Completes once, on `caller`.
    func send(
        _ command: RedisCommand, on caller: any EventLoop,
        completion: @escaping @Sendable (Result<RedisReply, RedisError>) -> Void
    ) {
        let pending = PendingCommand(operation: command.operation, eventLoop: caller, completion: completion)
        switch pipeline.send(pending, bytes: command.formattedBound, now: .now()) {
        case .write:
            metrics.sent(command.operation)
            outbound.reserveCapacity(minimumWritableBytes: command.formattedBound)
            command.encode(into: &outbound)
            scheduleFlush()
            if deadlineTimer == nil { tick() }
        case .refuse(let code):
            let reason =
                code == .overloaded ? "too many pending Redis commands" : "the connection to Redis is closed"
            complete(pending, .failure(RedisError(code, reason)))
            completions.take().complete()
        }
    }

    /// Starts using a connection that is set up: calls `opened` on the event loop, and `closed` once it has ended;
    /// neither if it already has. From now on pings Redis whenever nothing arrives.
    func serve(opened: @Sendable () -> Void, closed: @escaping @Sendable () -> Void) {
        guard closeReason == nil, channel.isActive else { return }
        onClose = closed
        opened()
        let interval = configuration.pingInterval
        pingTimer = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { [weak self] _ in
            self?.enterOnLoop { $0.pingIfSilent() }
        }
    }

    /// Closes the connection: pending commands fail with an unknown outcome.
    func close(_ reason: RedisError) {
        if closeReason == nil { closeReason = reason }
        finish()
        channel.close(promise: nil)
    }

    /// Waits until the connection has ended, and returns why; `nil` if the caller's task was stopped, which closes it.
    nonisolated func closedOrStopped() async -> RedisError? {
        await withTaskCancellationOrGracefulShutdownHandler {
            _ = try? await channel.closeFuture.get()
        } onCancelOrGracefulShutdown: { [eventLoop] in
            eventLoop.execute {
                self.enterOnLoop { $0.close(RedisError(.stopped, "this node closed the connection to Redis")) }
            }
        }
        let reason = await reason()
        return reason.code == .stopped ? nil : reason
    }

    private func reason() -> RedisError {
        closeReason ?? RedisError(.connectionLost, "Redis closed the connection")
    }

    // MARK: - From the channel

    func received(_ replies: [RedisReply]) {
        heardSincePing = true
        for reply in replies {
            if let pushReceiver, let push = RedisPush(reply), !isAwaited(push) {
                pushReceiver.pushed(push)
                continue
            }
            switch pipeline.received() {
            case .complete(let command, let sentAt):
                metrics.settled(command.operation)
                if case .error(let text) = reply {
                    let error = RedisError.server(text)
                    complete(command, .failure(error))
                    if error.endsConnection { close(error) }
                    if error.isRedirection { configuration.mapIsDoubtful?() }
                } else {
                    metrics.succeeded(command.operation, nanoseconds: (.now() - sentAt).nanoseconds)
                    completions.add(command.completion, .success(reply), for: command.eventLoop)
                }
            case .drop:
                break
            case .violation:
                close(.unasked(reply))
            }
        }
    }

    func readCycleEnded() {
        completions.take().complete()
        pushReceiver?.readCycleEnded()
    }

    func channelClosed() {
        if closeReason == nil { closeReason = reason() }
        finish()
    }

    // MARK: - Internals

    /// Redis ends subscriptions on its own if their slot has moved; otherwise this is the reply to a command.
    private func isAwaited(_ push: RedisPush) -> Bool {
        guard case .dropped = push, !pipeline.isIdle else { return false }
        return pipeline.oldest.map { $0.operation == .unsubscribe } ?? true
    }

    private func complete(_ command: PendingCommand, _ result: Result<RedisReply, RedisError>) {
        if case .failure = result { metrics.failed(command.operation) }
        completions.add(command.completion, result, for: command.eventLoop)
    }

    private func scheduleFlush() {
        guard !flushScheduled else { return }
        flushScheduled = true
        eventLoop.execute { self.enterOnLoop { $0.flush() } }
    }

    private func flush() {
        flushScheduled = false
        let bytes = outbound
        outbound = channel.allocator.buffer(capacity: 0)
        channel.writeAndFlush(bytes, promise: nil)
    }

    private func tick() {
        deadlineTimer = nil
        let action = pipeline.tick(now: .now())
        for command in action.timedOut {
            metrics.settled(command.operation)
            complete(command, .failure(RedisError(.timedOut, "Redis did not answer in time")))
        }
        completions.take().complete()
        if !action.timedOut.isEmpty { configuration.mapIsDoubtful?() }
        if action.lost {
            close(RedisError(.connectionLost, "Redis has not answered for \(configuration.lostAfter)"))
        } else if let next = action.next {
            deadlineTimer = eventLoop.scheduleTask(deadline: next) { [weak self] in
                self?.enterOnLoop { $0.tick() }
            }
        }
    }

    private func pingIfSilent() {
        // A pending command is as good a probe.
        if !heardSincePing, pipeline.isIdle {
            send(RedisCommand(.ping, "PING"), on: eventLoop) { _ in }
        }
        heardSincePing = false
    }

    private func finish() {
        deadlineTimer?.cancel()
        deadlineTimer = nil
        pingTimer?.cancel()
        pingTimer = nil
        let lost = pipeline.close()
        if !lost.isEmpty {
            let error = RedisError(
                .connectionLost, "the connection to Redis was lost before it replied", cause: closeReason)
            for command in lost {
                metrics.settled(command.operation)
                complete(command, .failure(error))
            }
        }
        completions.take().complete()
        onClose?()
        onClose = nil
    }
}

/// Receives published messages. Called on the connection's event loop.
protocol RedisPushReceiver: AnyObject, Sendable {
    func pushed(_ push: RedisPush)
    func readCycleEnded()
}

/// What arrives without being asked for. Everything else on a subscribed connection is a reply to a command, in order.
enum RedisPush {
    /// A published message.
    case message(channel: [UInt8], payload: [UInt8])
    /// The channel's slot has moved to another server.
    case dropped(channel: String)

    private static let published = Array("message".utf8)
    private static let shardPublished = Array("smessage".utf8)
    private static let shardUnsubscribed = Array("sunsubscribe".utf8)

    init?(_ reply: RedisReply) {
        guard case .array(let parts) = reply, parts.count == 3, case .bulk(let kind) = parts[0],
            case .bulk(let channel) = parts[1]
        else { return nil }
        switch (kind, parts[2]) {
        case (Self.published, .bulk(let payload)), (Self.shardPublished, .bulk(let payload)):
            self = .message(channel: channel, payload: payload)
        case (Self.shardUnsubscribed, .integer): self = .dropped(channel: String(decoding: channel, as: UTF8.self))
        default: return nil
        }
    }
}
