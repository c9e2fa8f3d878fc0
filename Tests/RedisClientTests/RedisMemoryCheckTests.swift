import TestSupport
import Testing

@testable import RedisClient

@Suite(.timeLimit(.minutes(2))) struct RedisMemoryCheckTests {
    @Test func theNodeIsNotReadyWhileRedisWouldEvict() async throws {
        let policy = ["--maxmemory-policy", "allkeys-lru"]
        try await RedisFixture.connected(arguments: policy) { redis, server, link in
            let check = RedisMemoryCheck(link: link, logger: redis.quiet)
            #expect(check.unreadyReason != nil, "not asked yet")
            try await redis.whileRunning(check) {
                #expect(await eventually { check.unreadyReason?.contains("allkeys-lru") == true })
            }
            try server.cli("CONFIG", "SET", "maxmemory-policy", "noeviction")
            try await redis.whileRunning(check) { #expect(await eventually { check.unreadyReason == nil }) }
        }
    }

    @Test func anUnknownEvictionPolicyDoesNotBlockTheNode() async throws {
        let user = ["--user", "chat", "on", ">secret", "~*", "&*", "+@all", "-info"]
        try await RedisFixture.with(arguments: user) { redis, server in
            let url = "redis://chat:secret@127.0.0.1:\(server.port)"
            try await redis.withLink(redis.configuration(url)) { link in
                let check = RedisMemoryCheck(link: link, logger: redis.quiet)
                try await redis.whileRunning(check) { #expect(await eventually { check.unreadyReason == nil }) }
            }
        }
    }

    @Test func usedMemoryIsCountedAsRedisDoes() {
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
