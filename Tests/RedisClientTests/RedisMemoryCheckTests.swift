import TestSupport
import Testing

@testable import RedisClient

@Suite(.timeLimit(.minutes(2))) struct RedisMemoryCheckTests {
    @Test func theNodeIsNotReadyWhileRedisWouldEvict() async throws {
        try await withRedisServer(arguments: ["--maxmemory-policy", "allkeys-lru"]) { server in
            let redis = RedisFixture(server: server)
            try await redis.withLink { link in
                let check = RedisMemoryCheck(link: link, metrics: redis.metrics, logger: redis.quiet)
                #expect(check.unreadyReason != nil, "not asked yet")
                try await redis.whileRunning(check) {
                    #expect(await eventually { check.unreadyReason?.contains("allkeys-lru") == true })
                }
                try server.cli("CONFIG", "SET", "maxmemory-policy", "noeviction")
                try await redis.whileRunning(check) {
                    #expect(await eventually { check.unreadyReason == nil })
                }
            }
        }
    }

    @Test func aRedisThatDoesNotTellItsPolicyDoesNotHoldTheNodeUp() async throws {
        let user = ["--user", "chat", "on", ">secret", "~*", "&*", "+@all", "-info"]
        try await withRedisServer(arguments: user) { server in
            let redis = RedisFixture(server: server)
            let url = "redis://chat:secret@127.0.0.1:\(server.port)"
            try await redis.withLink(redis.configuration(url)) { link in
                let check = RedisMemoryCheck(link: link, metrics: redis.metrics, logger: redis.quiet)
                try await redis.whileRunning(check) {
                    #expect(await eventually { check.unreadyReason == nil })
                }
            }
        }
    }

    @Test func whatCountsAsUsedIsWhatRedisCounts() {
        let table: [(String, Double)] = [
            ("used_memory:950\r\nmaxmemory:1000\r\n", 0.95),
            ("used_memory:950\r\nmaxmemory:1000\r\nmem_not_counted_for_evict:450\r\n", 0.5),
            ("used_memory:10\r\nmaxmemory:1000\r\nmem_not_counted_for_evict:450\r\n", 0),
            ("used_memory:950\r\nmaxmemory:0\r\n", 0), ("used_memory:950\r\n", 0), ("", 0),
            ("used_memory:18446744073709551615\r\nmaxmemory:1\r\n", 1),
            ("used_memory:x\r\nmaxmemory:1000\r\n", 0), ("used_memory:950\r\nmaxmemory:-1\r\n", 0),
        ]
        for (info, ratio) in table {
            #expect(RedisMemoryCheck.ratio(in: RedisMemoryCheck.fields(of: info)) == ratio, "\(info)")
        }
    }
}
