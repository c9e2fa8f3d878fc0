package import Logging
package import NIOCore
import Operations
internal import ServiceLifecycle
import Supervision

/// A connection that receives published messages.
///
/// Remembers the wanted channels. `run()` connects, subscribes to all of them, and throws when the connection is lost;
/// a `Supervisor` runs it again. Pinned to one event loop, on which it calls its delegate; subscriptions may be changed
/// from any thread.
package actor RedisSubscriber: Service {
    /// Its index among the subscribers, from 0.
    package nonisolated let index: Int
    package nonisolated let purpose: RedisPurpose
    package nonisolated let unownedExecutor: UnownedSerialExecutor
    private nonisolated let eventLoop: any EventLoop
    private nonisolated let configuration: RedisConfiguration
    private nonisolated let metrics: RedisMetrics
    private nonisolated let health: RedisHealth
    private nonisolated let logger: Logger

    private weak var delegate: (any RedisSubscriberDelegate)?
    private var connection: RedisConnection?
    /// Whether this connection has subscribed to anything: before that it may still be refused.
    private var isProven = false
    private var subscriptions = RedisSubscriptionStateMachine()
    /// Of the current read cycle.
    private var batches: [RedisMessageBatch] = []
    private var batchIndex: [[UInt8]: Int] = [:]
    private var resubscribed: [String] = []

    package init(
        _ index: Int, configuration: RedisConfiguration, on eventLoop: any EventLoop, metrics: RedisMetrics,
        health: RedisHealth, logger: Logger
    ) {
        self.index = index
        self.purpose = .subscribe(index)
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.unownedExecutor = eventLoop.executor.asUnownedSerialExecutor()
        self.metrics = metrics
        self.health = health
        var logger = logger
        logger[metadataKey: LogKey.purpose] = "\(purpose)"
        logger[metadataKey: LogKey.endpoint] = "\(configuration.url)"
        self.logger = logger
        health.expect(purpose)
    }

    /// Call before the first subscription. The delegate is not retained.
    package nonisolated func attach(_ delegate: any RedisSubscriberDelegate) {
        enter { $0.delegate = delegate }
    }

    /// Calls the delegate's `confirmed` once the subscription is active, however long that takes; at once if it already
    /// is.
    /// - `again`: the channel was subscribed at another server, whose slot has moved: `resubscribed` is called instead.
    package nonisolated func subscribe(to channel: String, again: Bool = false) {
        enter { subscriber in
            if subscriber.subscriptions.want(channel, again: again), !again {
                subscriber.delegate?.confirmed(channel, by: subscriber)
            }
            subscriber.sendCommands()
        }
    }

    /// Subscribes to what Redis has refused or dropped because its slot was moving.
    package nonisolated func retry() {
        enter { subscriber in
            subscriber.subscriptions.retry()
            subscriber.sendCommands()
        }
    }

    package nonisolated func unsubscribe(from channel: String) {
        enter { subscriber in
            subscriber.subscriptions.unwant(channel)
            subscriber.sendCommands()
        }
    }

    /// Replaces a connection that only looks healthy: `run()` throws.
    package nonisolated func renew(_ reason: String) {
        enter { subscriber in
            subscriber.connection?.enterOnLoop { $0.close(RedisError(.connectionLost, reason)) }
        }
    }

    /// Connects, and returns when asked to stop.
    /// - Throws: `RedisError` if the connection cannot be opened or is lost.
    package nonisolated func run() async throws {
        do {
            try await connectAndServe()
        } catch {
            health.failed(error)
            configuration.mapIsDoubtful?()
            throw error
        }
    }

    private nonisolated func connectAndServe() async throws {
        let connection = try await RedisConnection.open(
            configuration, setup: [], metrics: metrics, pushReceiver: self, on: eventLoop)
        await connection.serve {
            self.enterOnLoop { $0.opened(connection) }
        } closed: {
            self.enterOnLoop { $0.closed() }
        }
        guard let reason = await connection.closedOrStopped() else { return }
        throw reason
    }

    // MARK: - On the event loop

    private nonisolated func enter(_ action: @escaping @Sendable (isolated RedisSubscriber) -> Void) {
        if eventLoop.inEventLoop {
            enterOnLoop(action)
        } else {
            eventLoop.execute { self.enterOnLoop(action) }
        }
    }

    private func opened(_ connection: RedisConnection) {
        self.connection = connection
        isProven = false
        subscriptions.opened()
        if subscriptions.isEmpty { prove() }
        sendCommands()
    }

    private func prove() {
        guard !isProven else { return }
        isProven = true
        health.opened(purpose)
        logger.debug("connection to Redis opened")
    }

    private func closed() {
        connection = nil
        subscriptions.closed()
        batches = []
        batchIndex = [:]
        resubscribed = []
        health.closed(purpose)
    }

    private func sendCommands() {
        guard let connection else { return }
        while let command = subscriptions.nextCommand() {
            connection.enterOnLoop { connection in
                connection.send(command.redisCommand(sharded: configuration.isSharded), on: eventLoop) { result in
                    self.enterOnLoop { $0.answered(command, result) }
                }
            }
        }
    }

    private func answered(_ command: RedisSubscriptionStateMachine.Command, _ result: Result<RedisReply, RedisError>) {
        do throws(RedisError) {
            try command.check(result.get(), sharded: configuration.isSharded)
        } catch {
            guard !error.isRedirection else {
                prove()
                subscriptions.redirected(command)
                return sendCommands()
            }
            var error = error
            if !isProven, case .server = error.code {
                let refused = RedisError.refused(command.name(sharded: configuration.isSharded), error)
                error = RedisError(.connectFailed, "cannot use \(configuration.url): \(refused.message)")
            }
            // Without this channel the node would miss its messages: start over with a new connection.
            connection?.enterOnLoop { $0.close(error) }
            return
        }
        prove()
        switch subscriptions.answered(command) {
        case .confirmed(let channel): delegate?.confirmed(channel, by: self)
        case .resubscribed(let channel): resubscribed.append(channel)
        case .nothing: break
        }
        sendCommands()
    }

    private func add(_ push: RedisPush) {
        switch push {
        case .message(let channel, let payload):
            if let index = batchIndex[channel] {
                batches[index].payloads.append(payload)
            } else {
                batchIndex[channel] = batches.count
                batches.append(RedisMessageBatch(rawChannel: channel, payloads: [payload]))
            }
        case .dropped(let channel):
            subscriptions.dropped(channel)
            configuration.mapIsDoubtful?()
        }
    }

    private func handOver() {
        if !resubscribed.isEmpty {
            delegate?.resubscribed(resubscribed, by: self)
            resubscribed = []
        }
        if !batches.isEmpty {
            delegate?.received(batches, by: self)
            batches = []
            batchIndex = [:]
        }
    }
}

extension RedisSubscriber: RedisPushReceiver {
    nonisolated func pushed(_ push: RedisPush) { enterOnLoop { $0.add(push) } }
    nonisolated func readCycleEnded() { enterOnLoop { $0.handOver() } }
}

/// Receives the messages of a `RedisSubscriber`. Called on its event loop.
package protocol RedisSubscriberDelegate: AnyObject, Sendable {
    /// The messages of one read cycle: one batch per channel, in order of publishing.
    func received(_ batches: [RedisMessageBatch], by subscriber: RedisSubscriber)
    /// The subscription is active: everything published from now on is received.
    func confirmed(_ channel: String, by subscriber: RedisSubscriber)
    /// The subscriptions were interrupted and are active again: messages in between were missed.
    func resubscribed(_ channels: [String], by subscriber: RedisSubscriber)
}

/// Messages of one channel.
package struct RedisMessageBatch: Sendable {
    fileprivate let rawChannel: [UInt8]
    package fileprivate(set) var payloads: [[UInt8]]

    package var channel: String { String(decoding: rawChannel, as: UTF8.self) }
}

extension RedisSubscriptionStateMachine.Command {
    /// One channel per command: each command then has exactly one reply, and replies match in order.
    fileprivate func redisCommand(sharded: Bool) -> RedisCommand {
        switch self {
        case .subscribe(let channel): RedisCommand(.subscribe, name(sharded: sharded), channel)
        case .unsubscribe(let channel): RedisCommand(.unsubscribe, name(sharded: sharded), channel)
        }
    }

    fileprivate func name(sharded: Bool) -> String {
        switch self {
        case .subscribe: sharded ? "SSUBSCRIBE" : "SUBSCRIBE"
        case .unsubscribe: sharded ? "SUNSUBSCRIBE" : "UNSUBSCRIBE"
        }
    }

    fileprivate func check(_ reply: RedisReply, sharded: Bool) throws(RedisError) {
        let kind = name(sharded: sharded).lowercased()
        let channel =
            switch self {
            case .subscribe(let channel), .unsubscribe(let channel): channel
            }
        let parts = try reply.array()
        guard parts.count == 3, try parts[0].string() == kind, try parts[1].string() == channel else {
            throw RedisError(.protocolViolation, "Redis confirmed another subscription")
        }
    }
}
