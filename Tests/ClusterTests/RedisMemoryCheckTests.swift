import ChatModel
import TestSupport
import Testing

@testable import Cluster

@Suite(.timeLimit(.minutes(2))) struct RedisMemoryCheckTests {
    @Test func theNodeIsNotReadyWhileRedisWouldEvict() async throws {
        let policy = ["--maxmemory-policy", "allkeys-lru"]
        try await RedisFixture.connected(arguments: policy) { redis, server, link in
            let check = RedisMemoryCheck(link: link, metrics: redis.metrics.redis, logger: redis.quiet)
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
                let check = RedisMemoryCheck(link: link, metrics: redis.metrics.redis, logger: redis.quiet)
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

    /// As on a node that is on its own.
    @Test func nearTheLimitRoomsKeepTheirMemoryAndNewOnesAreRejected() async throws {
        try await withRedisServer { server in
            try await RedisNode.with(server) { node in
                let backend = node.backend
                guard let calm = RoomName("calm"), let new = RoomName("new") else { return }
                func fill(_ text: String) async throws {
                    let drafts = (0..<300).map {
                        backend.draft("\(text) \($0) " + String(repeating: "x", count: 1_000))
                    }
                    for result in try await backend.publish(drafts) { _ = try result.get() }
                }
                func entries(_ room: RoomName) throws -> Int? { Int(try server.cli("XLEN", "webchat:{\(room)}:log")) }
                try await fill("before")
                try await backend.publish(backend.draft("calm"), to: calm)
                try server.limitMemory(to: 1.05)
                #expect(await eventually { node.memory.isNearlyFull })
                #expect(node.memory.degradedReason != nil && node.memory.unreadyReason == nil)

                for round in 0..<5 { try await fill("round \(round)") }
                #expect(try entries(.lobby) ?? 0 <= 301)
                #expect(try entries(.lobby) ?? 0 >= 250, "no more goes than comes")
                #expect(try entries(calm) == 1)
                await expectRelayError(.overloaded) { try await backend.publish(backend.draft("new"), to: new) }
                #expect(try server.cli("EXISTS", "webchat:{new}:log") == "0")

                try server.cli("CONFIG", "SET", "maxmemory", "0")
                #expect(await eventually { !node.memory.isNearlyFull })
                try await backend.publish(backend.draft("new"), to: new)
                try await backend.publish(backend.draft("more"))
                #expect(try entries(.lobby) ?? 0 > 250)
            }
        }
    }
}

extension RedisServer {
    /// Sets `maxmemory` to a multiple of what is used.
    fileprivate func limitMemory(to factor: Double) throws {
        let used = RedisMemoryCheck.fields(of: try cli("INFO", "memory"))["used_memory"].flatMap { Double($0) } ?? 0
        try cli("CONFIG", "SET", "maxmemory", "\(Int(used * factor))")
    }
}
