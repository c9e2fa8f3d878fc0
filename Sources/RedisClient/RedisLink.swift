package import Logging
package import NIOCore
internal import Operations
internal import ServiceLifecycle
import Supervision
internal import Synchronization

/// A supervised Redis connection for one purpose: commands use the current connection, and fail at once if there is
/// none.
///
/// `run()` connects, and throws when the connection is lost; a `Supervisor` runs it again. No command is ever sent
/// twice. Owned by the node; `send` may be called from any event loop.
package final class RedisLink: Service, Sendable {
    package let purpose: RedisPurpose
    private let configuration: RedisConfiguration
    private let setup: [RedisCommand]
    private let eventLoop: any EventLoop
    private let metrics: RedisMetrics
    private let health: RedisHealth
    private let logger: Logger
    /// Confined to `eventLoop`.
    private let connection: NIOLoopBoundBox<RedisConnection?>
    /// The number of the connection: they count up from 1, and 0 is none.
    private let current = Atomic(0)
    /// How many there have been. Confined to `eventLoop`.
    private let opened: NIOLoopBoundBox<Int>
    /// Commands on their way to `eventLoop`.
    private let inTransit = Atomic(0)

    /// - `eventLoop`: that of its connections.
    package init(
        _ purpose: RedisPurpose, configuration: RedisConfiguration, setup: [RedisCommand] = [],
        on eventLoop: any EventLoop, metrics: RedisMetrics, health: RedisHealth, logger: Logger
    ) {
        self.purpose = purpose
        self.configuration = configuration
        self.setup = setup
        self.eventLoop = eventLoop
        self.metrics = metrics
        self.health = health
        var logger = logger
        logger[metadataKey: LogKey.purpose] = "\(purpose)"
        logger[metadataKey: LogKey.endpoint] = "\(configuration.url)"
        self.logger = logger
        self.connection = .makeEmptyBox(eventLoop: eventLoop)
        self.opened = .makeBoxSendingValue(0, eventLoop: eventLoop)
        health.expect(purpose)
    }

    /// May be called from any thread; may change at any moment.
    package var isConnected: Bool { connectionNumber != 0 }

    /// Which connection is used now. They count up from 1; 0: none.
    package var connectionNumber: Int { current.load(ordering: .acquiring) }

    /// Sends a command. Call on `caller`, where `completion` is called exactly once, possibly before this returns.
    /// Commands sent from one event loop reach Redis in order.
    /// - `only`: the number of a connection; the command fails on any other.
    package func send(
        _ command: RedisCommand, on caller: any EventLoop, only number: Int? = nil,
        completion: @escaping @Sendable (Result<RedisReply, RedisError>) -> Void
    ) {
        guard isConnected else {
            return refuse(command, .notConnected, "not connected to Redis", on: caller, completion)
        }
        if eventLoop.inEventLoop { return enqueue(command, on: caller, only: number, completion) }
        guard inTransit.add(1, ordering: .relaxed).newValue <= configuration.maximumPending else {
            inTransit.subtract(1, ordering: .relaxed)
            return refuse(command, .overloaded, "too many pending Redis commands", on: caller, completion)
        }
        eventLoop.execute {
            self.inTransit.subtract(1, ordering: .relaxed)
            self.enqueue(command, on: caller, only: number, completion)
        }
    }

    /// For services, never on the message path. May be called from any thread; completes on the link's event loop.
    package func send(
        _ command: RedisCommand, completion: @escaping @Sendable (Result<RedisReply, RedisError>) -> Void
    ) {
        send(command, on: eventLoop, completion: completion)
    }

    /// For services, which may wait.
    package func send(_ command: RedisCommand) async throws(RedisError) -> RedisReply {
        try await withCheckedContinuation { continuation in
            send(command) { continuation.resume(returning: $0) }
        }.get()
    }

    /// Sends several commands in one round trip, each with its own result.
    package func send(_ commands: [RedisCommand]) async throws -> [Result<RedisReply, RedisError>] {
        let outcomes = commands.map { command in
            let outcome = eventLoop.makePromise(of: Result<RedisReply, RedisError>.self)
            send(command, on: eventLoop) { outcome.succeed($0) }
            return outcome.futureResult
        }
        return try await EventLoopFuture.whenAllSucceed(outcomes, on: eventLoop).get()
    }

    /// Connects, and returns when asked to stop.
    /// - Throws: `RedisError` if the connection cannot be opened or is lost.
    package func run() async throws {
        do {
            try await connectAndServe()
        } catch {
            health.failed(error)
            configuration.mapIsDoubtful?()
            throw error
        }
    }

    /// Replaces a connection that only looks healthy: `run()` throws.
    package func renew(_ reason: String) {
        eventLoop.execute {
            self.connection.value?.enterOnLoop { $0.close(RedisError(.connectionLost, reason)) }
        }
    }

    private func connectAndServe() async throws {
        let connection = try await RedisConnection.open(configuration, setup: setup, metrics: metrics, on: eventLoop)
        await connection.serve {
            self.connection.value = connection
            opened.value += 1
            current.store(opened.value, ordering: .releasing)
            health.opened(purpose)
            logger.debug("connection to Redis opened")
        } closed: { [self] in
            self.connection.value = nil
            current.store(0, ordering: .releasing)
            health.closed(purpose)
        }
        guard let reason = await connection.closedOrStopped() else { return }
        throw reason
    }

    private func enqueue(
        _ command: RedisCommand, on caller: any EventLoop, only number: Int?,
        _ completion: @escaping @Sendable (Result<RedisReply, RedisError>) -> Void
    ) {
        guard let connection = connection.value else {
            return refuse(command, .notConnected, "not connected to Redis", on: caller, completion)
        }
        guard number == nil || number == connectionNumber else {
            return refuse(command, .connectionLost, "the connection to Redis was replaced", on: caller, completion)
        }
        connection.enterOnLoop { $0.send(command, on: caller, completion: completion) }
    }

    private func refuse(
        _ command: RedisCommand, _ code: RedisError.Code, _ message: String, on caller: any EventLoop,
        _ completion: @escaping @Sendable (Result<RedisReply, RedisError>) -> Void
    ) {
        metrics.failed(command.operation)
        let result = Result<RedisReply, RedisError>.failure(RedisError(code, message))
        if caller.inEventLoop { completion(result) } else { caller.execute { completion(result) } }
    }
}
