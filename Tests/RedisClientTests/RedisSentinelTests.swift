import NIOCore
import Supervision
import Synchronization
import TestSupport
import Testing

@testable import RedisClient

@Suite(.timeLimit(.minutes(2))) struct RedisSentinelTests {
    /// Which server a link is connected to.
    private static func port(of link: RedisLink) async -> Int? {
        guard let info = try? await link.send(RedisCommand(.read, "INFO", "server")).string() else { return nil }
        return info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("tcp_port:") }
            .flatMap { Int($0.dropFirst("tcp_port:".count)) }
    }

    private static func run<Value: Sendable>(
        _ redis: RedisFixture, _ url: String, password: String? = nil,
        configure: (inout RedisConfiguration) -> Void = { _ in },
        _ body: (RedisShard) async throws -> Value
    ) async throws -> Value {
        var configuration = RedisConfiguration(
            url: try RedisURL(url), sentinelPassword: password,
            reconnect: Backoff(base: .milliseconds(20), cap: .milliseconds(200)))
        configure(&configuration)
        let service = RedisService(
            configuration, subscribers: 1, on: redis.loops, metrics: redis.metrics, logger: redis.quiet)
        let shard = service.shards.all[0]
        let supervisor = Supervisor("redis", children: service.children, logger: redis.quiet)
        return try await redis.whileRunning(supervisor) {
            try await eventually("connected to Redis", state: { shard.health.unreadyReason ?? "ready" }) {
                shard.health.unreadyReason == nil
            }
            return try await body(shard)
        }
    }

    @Test func aPlannedFailoverMovesEveryConnection() async throws {
        try await withSentinels { sentinels, servers in
            let redis = RedisFixture(server: servers[0])
            try await Self.run(redis, sentinels.url) { service in
                #expect(await Self.port(of: service.publish) == servers[0].port)
                let listener = Listener(service.subscribers[0])
                service.subscribers[0].subscribe(to: "room")
                #expect(await eventually { listener.confirmed.all == ["room"] })
                try sentinels[1].failOver()
                for link in [service.publish, service.read] {
                    try await eventually("the new primary is used") {
                        await Self.port(of: link) == servers[1].port
                    }
                }
                #expect(await eventually { listener.resubscribed.all == ["room"] })
                try servers[1].cli("PUBLISH", "room", "after it")
                #expect(await eventually { listener.heard(on: "room") == ["after it"] })
            }
        }
    }

    /// It keeps its connections open and answers nothing: only the Sentinels know better.
    @Test func aFrozenPrimaryIsGivenUpWhenTheSentinelsAgree() async throws {
        try await withSentinels { sentinels, servers in
            let redis = RedisFixture(server: servers[0])
            try await Self.run(redis, sentinels.url, configure: { $0.lostAfter = .minutes(5) }) { service in
                servers[0].pause()
                defer { servers[0].resume() }
                try await eventually("the new primary is used") {
                    await Self.port(of: service.publish) == servers[1].port
                }
            }
        }
    }

    @Test func sentinelsAreLearnedFromOneAnother() async throws {
        try await withSentinels { sentinels, servers in
            let redis = RedisFixture(server: servers[0])
            try await Self.run(redis, [sentinels[0]].url) { service in
                await sentinels[0].kill()
                await servers[0].kill()
                try await eventually("the new primary is used") {
                    await Self.port(of: service.publish) == servers[1].port
                }
            }
        }
    }

    @Test func sentinelsMayHaveAPasswordOfTheirOwn() async throws {
        try await withSentinels(1, replicas: 0, password: "of-the-sentinels") {
            sentinels, servers in
            let redis = RedisFixture(server: servers[0])
            try await Self.run(redis, sentinels.url, password: "of-the-sentinels") { service in
                #expect(await Self.port(of: service.read) == servers[0].port)
            }
            let error = await Self.failure(redis, sentinels.url)
            #expect(error?.contains("REDIS_SENTINEL_PASSWORD") == true, "\(error ?? "")")
        }
    }

    @Test func everyMistakeInTheAddressSaysWhatToDo() async throws {
        try await withSentinels(1, replicas: 0) { sentinels, servers in
            let redis = RedisFixture(server: servers[0])
            let sentinel = "127.0.0.1:\(sentinels[0].port)"
            let mistakes = [
                ("redis-sentinel://\(sentinel)/other", "watches no primary of the name other"),
                ("redis-sentinel://127.0.0.1:\(servers[0].port)/chat", "it is no Sentinel"),
                ("redis-sentinel://127.0.0.1:\(try freePort())/chat", "connection refused"),
                ("redis://\(sentinel)", "write redis-sentinel://"),
                ("redis://\(sentinel)/1", "write redis-sentinel://"),
                ("redis://:secret@\(sentinel)", "write redis-sentinel://"),
            ]
            for (url, words) in mistakes {
                let error = await Self.failure(redis, url)
                #expect(error?.contains(words) == true, "\(url): \(error ?? "no error")")
            }
        }
    }

    private static func failure(_ redis: RedisFixture, _ url: String) async -> String? {
        do {
            try await redis.link(try redis.configuration(url)).run()
            return nil
        } catch {
            return "\(error)"
        }
    }
}
