import NIOCore
import TestSupport
import Testing

@testable import Cluster

@Suite struct RedisErrorTests {
    @Test(arguments: [
        ("DENIED Redis is running in protected mode because protected mode is enabled.", "DENIED", "protected-mode"),
        ("ERR max number of clients reached", "ERR", "maxclients"),
        ("NOAUTH Authentication required.", "NOAUTH", "REDIS_URL"),
    ])
    func whatRedisSaysUnaskedIsQuotedWithWhatToDo(text: String, prefix: String, advice: String) {
        let error = RedisError.unasked(.error(text))
        #expect(error.code == .server(prefix: prefix))
        #expect(error.description.hasPrefix("Redis refused the connection (\(text.prefix(30))"))
        #expect(error.description.contains(advice))
        #expect(!error.description.contains(".)"))
    }

    @Test func anythingElseUnaskedIsAViolation() {
        #expect(RedisError.unasked(.status("OK")).description == "Redis answered \"OK\" although nothing was asked")
        #expect(RedisError.unasked(.bulk([1])).code == .protocolViolation)
    }

    @Test func talkativeServersAreCutShort() {
        let long = "ERR " + String(repeating: "very ", count: 1_000)
        #expect(RedisError.server(long).description.count < 200)
        #expect(RedisError.unasked(.error(long)).description.count < 300)
        #expect(RedisError.unasked(.status(long)).description.count < 300)
    }

    @Test func aServerThatIsNotThereIsOneShortSentence() async throws {
        try await withRedisServer { server in
            let redis = RedisFixture(server: server)
            await server.kill()
            let error = await #expect(throws: RedisError.self) { try await redis.link(redis.configuration()).run() }
            #expect(error?.description == "cannot connect to redis://127.0.0.1:\(server.port)/0: connection refused")
        }
    }

    @Test func aHostWithoutAnAddressIsSaidToBeOne() async throws {
        try await withRedisServer { server in
            let redis = RedisFixture(server: server)
            let configuration = try redis.configuration("redis://no-such-host.invalid")
            let error = await #expect(throws: RedisError.self) { try await redis.link(configuration).run() }
            #expect(error?.description.hasSuffix("no address is known for this host") == true)
        }
    }

    /// Whether its words come before the first command is sent or after is chance, and must not matter.
    @Test func aServerThatIsFullSaysSo() async throws {
        try await withRedisServer { server in
            try server.cli("CONFIG", "SET", "maxclients", "1")
            let redis = RedisFixture(server: server)
            try await redis.withLink { _ in
                let error = await #expect(throws: RedisError.self) {
                    try await redis.link(redis.configuration()).run()
                }
                let text = try #require(error?.description)
                #expect(text.contains("max number of clients reached"))
                #expect(text.contains("raise Redis' maxclients"))
            }
        }
    }
}
