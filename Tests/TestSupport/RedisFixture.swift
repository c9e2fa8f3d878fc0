import CoreMetrics
package import Logging
package import NIOCore
import NIOPosix
package import RedisClient
package import ServiceLifecycle
import Supervision

/// What a test of the Redis client needs besides a server.
package struct RedisFixture {
    package let server: RedisServer
    package let metrics: RedisMetrics
    package let health: RedisHealth
    package let loops: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    package let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    package init(server: RedisServer) {
        self.server = server
        let operations = RedisOperation.ofClient + (4..<16).map { RedisOperation($0, "\($0)") }
        metrics = RedisMetrics(factory: NOOPMetricsHandler.instance, operations: operations)
        health = RedisHealth(logger: quiet)
    }

    /// Gives `body` a server of its own.
    package static func with<Value>(
        password: String? = nil, arguments: [String] = [], _ body: (RedisFixture, RedisServer) async throws -> Value
    ) async throws -> Value {
        try await withRedisServer(password: password, arguments: arguments) { server in
            try await body(RedisFixture(server: server), server)
        }
    }

    /// The same, and a link that is connected.
    package static func connected<Value: Sendable>(
        arguments: [String] = [], setup: [RedisCommand] = [],
        configure: (inout RedisConfiguration) -> Void = { _ in },
        _ body: (RedisFixture, RedisServer, RedisLink) async throws -> Value
    ) async throws -> Value {
        try await with(arguments: arguments) { redis, server in
            var configuration = try redis.configuration()
            configure(&configuration)
            return try await redis.withLink(configuration, setup: setup) { try await body(redis, server, $0) }
        }
    }

    package func configuration(_ url: String? = nil) throws -> RedisConfiguration {
        RedisConfiguration(url: try RedisURL(url ?? server.url))
    }

    package func link(_ configuration: RedisConfiguration, setup: [RedisCommand] = []) -> RedisLink {
        RedisLink(
            .read, configuration: configuration, setup: setup, on: loops.next(), metrics: metrics,
            health: health, logger: quiet)
    }

    /// One shard with only this connection.
    package func shards(over link: RedisLink) -> RedisShards {
        RedisShards(
            only: RedisShard(
                name: server.url, publish: link, read: link, subscribers: [], health: health,
                memory: RedisMemoryCheck(link: link, logger: quiet),
                reconnect: Backoff(base: .milliseconds(20), cap: .milliseconds(100))))
    }

    package func subscriber(_ configuration: RedisConfiguration) -> RedisSubscriber {
        RedisSubscriber(
            0, configuration: configuration, on: loops.next(), metrics: metrics,
            health: health, logger: quiet)
    }

    /// Keeps `services` running as a node would, and shuts them down gracefully when `body` is through.
    package func whileRunning<Value: Sendable>(_ services: any Service..., body: () async throws -> Value) async throws
        -> Value
    {
        let policy = RestartPolicy(forever: Backoff(base: .milliseconds(20), cap: .milliseconds(100)))
        let supervisor = Supervisor(
            "test", children: services.enumerated().map { SupervisedChild("\($0)", policy: policy, service: $1) },
            logger: quiet)
        let group = ServiceGroup(services: [supervisor], logger: quiet)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let result: Result<Value, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return try result.get()
        }
    }

    /// A link that is connected, for as long as `body` takes.
    package func withLink<Value: Sendable>(
        _ configuration: RedisConfiguration? = nil, setup: [RedisCommand] = [],
        _ body: (RedisLink) async throws -> Value
    ) async throws -> Value {
        let link = link(try configuration ?? self.configuration(), setup: setup)
        return try await whileRunning(link) {
            guard await eventually({ link.isConnected }) else { throw RedisError(.notConnected, "the test's link") }
            return try await body(link)
        }
    }
}
