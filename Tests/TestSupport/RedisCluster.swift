import Foundation

/// A Redis Cluster of the test's own, of real servers on free ports of the loopback interface.
///
/// Best used by `withRedisCluster`, which ends it however the test ends.
package struct RedisCluster: Sendable {
    package private(set) var primaries: [RedisServer] = []
    /// One for each primary, in their order, or none.
    package private(set) var replicas: [RedisServer] = []

    package var servers: [RedisServer] { primaries + replicas }

    /// For `REDIS_URL`.
    package var url: String {
        "redis-cluster://\(servers.map { "127.0.0.1:\($0.port)" }.joined(separator: ","))"
    }

    package func url(without server: RedisServer) -> String {
        let others = servers.filter { $0 !== server }
        return "redis-cluster://\(others.map { "127.0.0.1:\($0.port)" }.joined(separator: ","))"
    }

    /// Has clients told another port than the server's own.
    package func announce(_ server: RedisServer, at port: Int) async throws {
        try server.cli("CONFIG", "SET", "cluster-announce-port", "\(port)")
        try await eventually("the others know it") {
            try servers.allSatisfy { try $0 === server || $0.cli("CLUSTER", "NODES").contains(":\(port)@") }
        }
    }

    /// The server that accepts writes for a key, by what one of them says.
    package func owner(of key: String, notAsking silent: RedisServer? = nil) throws -> RedisServer? {
        for asked in servers where asked !== silent {
            guard let slot = try? Int(asked.cli("CLUSTER", "KEYSLOT", key)) else { continue }
            let primaries = try asked.cli("CLUSTER", "NODES").split(whereSeparator: \.isNewline).map {
                $0.split(separator: " ")
            }
            for line in primaries where line[2].contains("master") && !line[2].contains("fail") {
                let port = line[1].prefix { $0 != "@" }.split(separator: ":").last.flatMap { Int($0) }
                for range in line.dropFirst(8) where !range.hasPrefix("[") {
                    let ends = range.split(separator: "-").compactMap { Int($0) }
                    guard let first = ends.first, let last = ends.last, (first...last).contains(slot) else { continue }
                    return servers.first { $0.port == port }
                }
            }
            return nil
        }
        return nil
    }

    /// Gives the slot of a key to another primary, with all its keys, as an operator's resharding does.
    /// - `target`: by default, any other primary.
    package func moveSlot(of key: String, from source: RedisServer, to target: RedisServer? = nil) throws {
        let slot = try source.cli("CLUSTER", "KEYSLOT", key)
        guard let target = target ?? primaries.first(where: { $0.port != source.port }) else {
            throw TestFailure("one primary")
        }
        let (sourceID, targetID) = (try source.cli("CLUSTER", "MYID"), try target.cli("CLUSTER", "MYID"))
        try target.cli("CLUSTER", "SETSLOT", slot, "IMPORTING", sourceID)
        try source.cli("CLUSTER", "SETSLOT", slot, "MIGRATING", targetID)
        while true {
            let keys = try source.cli("CLUSTER", "GETKEYSINSLOT", slot, "100").split(whereSeparator: \.isNewline)
            guard !keys.isEmpty else { break }
            try source.cli(
                ["MIGRATE", "127.0.0.1", "\(target.port)", "", "0", "5000", "KEYS"] + keys.map { String($0) })
        }
        for server in [target, source] + primaries { try server.cli("CLUSTER", "SETSLOT", slot, "NODE", targetID) }
    }

    /// Gives some slots of a primary, with all their keys, to another one.
    package func reshard(_ count: Int, from source: RedisServer) throws {
        guard let target = primaries.first(where: { $0.port != source.port }) else { throw TestFailure("one primary") }
        let answer = try primaries[0].cli(
            "--cluster", "reshard", "127.0.0.1:\(primaries[0].port)", "--cluster-yes", "--cluster-from",
            source.cli("CLUSTER", "MYID"), "--cluster-to", target.cli("CLUSTER", "MYID"),
            "--cluster-slots", "\(count)")
        // It prints its complaints, and may exit with 0.
        guard !answer.contains("***"), !answer.contains("[ERR]") else {
            throw TestFailure("reshard: \(answer.suffix(500))")
        }
    }

    /// Makes a server a primary without slots.
    package func add(_ server: RedisServer) async throws {
        try meet(server)
        try await eventually("the new server knows all, and all know it") {
            (servers + [server]).allSatisfy { $0.knownNodes == servers.count + 1 }
        }
    }

    /// Takes a server without slots out of the cluster; it can be added again.
    package func remove(_ server: RedisServer) async throws {
        let id = try server.cli("CLUSTER", "MYID")
        try server.cli("CLUSTER", "RESET", "HARD")
        for other in servers { try other.cli("CLUSTER", "FORGET", id) }
    }

    fileprivate static func arguments() throws -> [String] {
        [
            "--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-node-timeout", "2000",
            "--cluster-port", "\(try freePort())", "--appendonly", "yes", "--appendfsync", "always",
            // Announced at once: by default a primary waits 5 s for more replicas before it sends its data to the first.
            "--repl-diskless-sync-delay", "0",
        ]
    }

    fileprivate func form() async throws {
        for (index, primary) in primaries.enumerated() {
            let first = RedisCluster.slots * index / primaries.count
            let last = RedisCluster.slots * (index + 1) / primaries.count - 1
            try primary.cli("CLUSTER", "ADDSLOTSRANGE", "\(first)", "\(last)")
            try primary.cli("CLUSTER", "SET-CONFIG-EPOCH", "\(index + 1)")
        }
        for server in servers.dropFirst() { try meet(server) }
        try await eventually("every server knows all", state: { servers.map(\.clusterState).joined() }) {
            servers.allSatisfy { $0.knownNodes == servers.count }
        }
        for (primary, replica) in zip(primaries, replicas) {
            let id = try primary.cli("CLUSTER", "MYID")
            try replica.cli("CLUSTER", "REPLICATE", id)
        }
        try await eventually("the cluster is whole", state: { servers.map(\.clusterState).joined() }) {
            servers.allSatisfy { $0.clusterState.contains("cluster_state:ok") }
                && replicas.allSatisfy {
                    (try? $0.cli("INFO", "replication"))?.contains("master_link_status:up") == true
                }
        }
    }

    private static let slots = 16_384

    /// Makes a server known to the others.
    package func meet(_ server: RedisServer) throws {
        try primaries[0].cli("CLUSTER", "MEET", "127.0.0.1", "\(server.port)", server.clusterPort)
    }

    fileprivate static func with<Value>(
        _ cluster: RedisCluster, primaries: Int, replicas: Int, _ body: (RedisCluster) async throws -> Value
    ) async throws -> Value {
        guard primaries + replicas > 0 else {
            try await cluster.form()
            return try await body(cluster)
        }
        return try await withRedisServer(arguments: arguments()) { server in
            var cluster = cluster
            if primaries > 0 { cluster.primaries.append(server) } else { cluster.replicas.append(server) }
            return try await with(
                cluster, primaries: max(0, primaries - 1), replicas: primaries > 0 ? replicas : replicas - 1, body)
        }
    }
}

extension RedisServer {
    fileprivate var clusterState: String { (try? cli("CLUSTER", "INFO")) ?? "no answer" }
    fileprivate var knownNodes: Int? {
        (try? cli("CLUSTER", "NODES"))?.split(whereSeparator: \.isNewline).count {
            !$0.contains("handshake") && !$0.contains("disconnected")
        }
    }
    fileprivate var clusterPort: String {
        let lines = (try? cli("CONFIG", "GET", "cluster-port"))?.split(whereSeparator: \.isNewline)
        return lines?.last.map { String($0) } ?? "0"
    }
}

/// Gives `body` a cluster whose slots are spread evenly over `primaries`.
/// - `replicated`: whether each has a replica.
package func withRedisCluster<Value>(
    primaries: Int = 3, replicated: Bool = false, _ body: (RedisCluster) async throws -> Value
) async throws -> Value {
    try await RedisCluster.with(
        RedisCluster(), primaries: primaries, replicas: replicated ? primaries : 0, body)
}

/// Gives `body` one more server, which the cluster does not know yet.
package func withClusterServer<Value>(_ body: (RedisServer) async throws -> Value) async throws -> Value {
    try await withRedisServer(arguments: RedisCluster.arguments()) { try await body($0) }
}
