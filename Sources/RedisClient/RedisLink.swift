package import Logging
package import NIOCore
internal import Operations
internal import ServiceLifecycle
internal import Synchronization

/// One purpose's way to Redis: commands go out over the connection that stands at the moment, and fail at once when
/// there is none.
///
/// `run()` makes the connection and throws when it is lost; a `Supervisor` runs it again. Nothing is ever sent twice.
/// Owned by the node; `send` may be called from any event loop.
package final class RedisLink: Service, Sendable {
    package let purpose: RedisPurpose
    private let configuration: RedisConfiguration
    private let setup: [RedisCommand]
    private let eventLoop: any EventLoop
    private let metrics: RedisMetrics
    private let health: RedisHealth
    private let logger: Logger
    /// Belongs to `eventLoop`.
    private let connection: NIOLoopBoundBox<RedisConnection?>
    private let connected = Atomic(false)
    /// Commands on their way from other event loops to ours.
    private let inTransit = Atomic(0)

    /// - Parameters:
    ///   - setup: run on every new connection before anything else, for example `SCRIPT LOAD`.
    ///   - eventLoop: the loop of its connections.
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
        health.expect(purpose)
    }

    /// May be asked from any thread; true at this moment, perhaps not the next.
    package var isConnected: Bool { connected.load(ordering: .acquiring) }

    /// Sends a command. To be called on `caller`, on which `completion` is called exactly once, perhaps before this
    /// returns. Commands sent from one event loop reach Redis in their order.
    package func send(
        _ command: RedisCommand, on caller: any EventLoop,
        completion: @escaping @Sendable (Result<RedisReply, RedisError>) -> Void
    ) {
        guard isConnected else {
            return refuse(command, .notConnected, "there is no connection to Redis", on: caller, completion)
        }
        if eventLoop.inEventLoop { return enqueue(command, on: caller, completion) }
        guard inTransit.add(1, ordering: .relaxed).newValue <= configuration.maximumPending else {
            inTransit.subtract(1, ordering: .relaxed)
            return refuse(command, .overloaded, "too many commands wait for Redis", on: caller, completion)
        }
        eventLoop.execute {
            self.inTransit.subtract(1, ordering: .relaxed)
            self.enqueue(command, on: caller, completion)
        }
    }

    /// For services; never on the message path. May be called from any thread; completes on one of the link's own.
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

    /// Several at once, in one round trip; each has an outcome of its own.
    package func send(_ commands: [RedisCommand]) async throws -> [Result<RedisReply, RedisError>] {
        let outcomes = commands.map { command in
            let outcome = eventLoop.makePromise(of: Result<RedisReply, RedisError>.self)
            send(command, on: eventLoop) { outcome.succeed($0) }
            return outcome.futureResult
        }
        return try await EventLoopFuture.whenAllSucceed(outcomes, on: eventLoop).get()
    }

    /// Connects, and returns when asked to stop.
    /// - Throws: `RedisError` when no connection could be made or when it was lost.
    package func run() async throws {
        do {
            try await connectAndServe()
        } catch {
            health.failed(error)
            throw error
        }
    }

    private func connectAndServe() async throws {
        let connection = try await RedisConnection.open(configuration, setup: setup, metrics: metrics, on: eventLoop)
        await connection.serve {
            self.connection.value = connection
            connected.store(true, ordering: .releasing)
            health.opened(purpose)
            logger.debug("connection to Redis opened")
        } closed: { [self] in
            self.connection.value = nil
            connected.store(false, ordering: .releasing)
            health.closed(purpose)
        }
        guard let reason = await connection.closedOrStopped() else { return }
        throw reason
    }

    private func enqueue(
        _ command: RedisCommand, on caller: any EventLoop,
        _ completion: @escaping @Sendable (Result<RedisReply, RedisError>) -> Void
    ) {
        guard let connection = connection.value else {
            return refuse(command, .notConnected, "there is no connection to Redis", on: caller, completion)
        }
        connection.assumeIsolated { $0.send(command, on: caller, completion: completion) }
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
