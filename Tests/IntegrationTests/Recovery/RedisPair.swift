import TestSupport

/// A primary and its replica, which may lose the tail of what was written and then take over.
struct RedisPair {
    /// What nodes connect to. After `failOver` the promoted replica answers here.
    let primary: RedisServer
    let replica: RedisServer

    static func with<Value>(_ body: (RedisPair) async throws -> Value) async throws -> Value {
        try await withRedisServer { primary in
            try await primary.withReplica { try await body(RedisPair(primary: primary, replica: $0)) }
        }
    }

    /// Waits until the replica has everything: it gets the writes in their order.
    func waitUntilLevel() async throws {
        let mark = "\(UInt64.random(in: 0 ... .max))"
        try primary.cli("SET", "mark", mark)
        try await eventually("the replica has everything") { try replica.cli("GET", "mark") == mark }
    }

    /// From now on the replica gets nothing: what is acknowledged after this is lost by `failOver`.
    func cutOff() throws {
        try replica.promote()
    }

    /// The primary dies, and the replica takes its place.
    func failOver() async throws {
        await primary.kill()
        try replica.promote()
        let port = "\(primary.port)"
        try await eventually("the replica takes over") { try replica.cli("CONFIG", "SET", "port", port) == "OK" }
    }
}
