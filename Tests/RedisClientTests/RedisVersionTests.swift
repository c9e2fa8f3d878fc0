import TestSupport
import Testing

@testable import RedisClient

@Suite struct RedisVersionTests {
    @Test(arguments: [
        ("# Server\r\nredis_version:7.0.15\r\nos:Linux\r\n", "7.0", true), ("redis_version:6.2.14", "6.2", true),
        ("redis_version:6.0.16\nredis_mode:standalone", "6.0", false), ("redis_version:5.0.14", "5.0", false),
        // KeyDB, Valkey, and a development version.
        ("redis_version:6.3.4\r\nserver_name:keydb", "6.3", true),
        ("redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1", "7.2", true),
        ("redis_version:255.255.255", "255.255", true),
    ])
    func versionsAreParsedAndChecked(info: String, version: String, isEnough: Bool) throws {
        let found = try #require(RedisVersion(info: info))
        #expect(found.description == version)
        let passes = (try? found.check()) != nil
        #expect(passes == isEnough)
    }

    @Test(arguments: ["", "redis_version:", "redis_version:7", "redis_version:seven.two", "version:7.0.1"])
    func aMissingVersionIsNotChecked(info: String) {
        #expect(RedisVersion(info: info) == nil)
    }

    @Test func anOldServerIsRejectedWithOneClearLine() async throws {
        let info = "redis_version:5.0.14\r\n"
        let server = try await FalseRedis.start(answering: ["$\(info.utf8.count)\r\n\(info)\r\n"])
        try await RedisFixture.with { redis, _ in
            let configuration = try redis.configuration("redis://127.0.0.1:\(server.port)")
            let error = await #expect(throws: RedisError.self) { try await redis.link(configuration).run() }
            #expect(
                error?.description
                    == "cannot use redis://127.0.0.1:\(server.port)/0: Redis 5.0 is too old: "
                    + "upgrade it to 6.2 or newer")
        }
        try await server.stop()
    }

    /// Within a moment, with a connection that tries again.
    @Test(arguments: ["*400000000\r\n", "$536870912\r\n", "+" + String(repeating: "x", count: 100_000)])
    func aFakeServerIsDisconnectedAtOnce(answer: String) async throws {
        let server = try await FalseRedis.start(answering: [answer])
        try await RedisFixture.with { redis, _ in
            let configuration = try redis.configuration("redis://127.0.0.1:\(server.port)")
            let start = ContinuousClock.now
            let error = await #expect(throws: RedisError.self) { try await redis.link(configuration).run() }
            #expect(error?.description.contains("Redis sent an invalid reply") == true)
            #expect(ContinuousClock.now - start < .seconds(2))
        }
        try await server.stop()
    }
}
