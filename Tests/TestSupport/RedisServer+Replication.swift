/// Replicas, and how a failover goes.
extension RedisServer {
    /// Gives `body` a replica of this server that has everything this one has.
    package func withReplica<Value>(
        at place: Place = .loopback, through port: Int? = nil, arguments: [String] = [],
        _ body: (RedisServer) async throws -> Value
    ) async throws -> Value {
        // Announced at once: by default a primary waits 5 s for more replicas before it sends its data to the first.
        try cli("CONFIG", "SET", "repl-diskless-sync-delay", "0")
        let primary = ["--replicaof", self.place.host, "\(port ?? self.port)"]
        return try await withRedisServer(at: place, arguments: primary + arguments) { replica in
            try await eventually("the replica has the primary's data", state: { replica.replicationState }) {
                replica.replicationState.contains("master_link_status:up")
            }
            return try await body(replica)
        }
    }

    /// Makes this replica a primary, as an operator or a Sentinel would.
    package func promote() throws {
        let answer = try cli("REPLICAOF", "NO", "ONE")
        guard answer == "OK" else { throw TestFailure("REPLICAOF NO ONE: \(answer)") }
    }

    private var replicationState: String { (try? cli("INFO", "replication")) ?? "" }
}
