import Foundation
import Synchronization

/// A real Redis Sentinel of the test's own on a free port, which watches a primary as `chat`.
///
/// Best used by `withSentinels`, which ends it however the test ends.
package final class SentinelServer: Sendable {
    package static let name = "chat"

    fileprivate let place: Place
    package let port: Int
    private let password: String?
    private let directory = TemporaryDirectory()
    private let process = Mutex<ChildProcess?>(nil)

    fileprivate init(at place: Place, of primary: RedisServer, quorum: Int, password: String?) throws {
        self.place = place
        self.port = try freePort()
        self.password = password
        var lines = [
            "port \(port)", "bind \(place.host)", "dir \(directory.path)", "logfile sentinel.log", "protected-mode no",
            "sentinel monitor \(Self.name) \(primary.place.host) \(primary.port) \(quorum)",
            // Long enough that a busy machine causes no failover.
            "sentinel down-after-milliseconds \(Self.name) 3000", "sentinel failover-timeout \(Self.name) 10000",
        ]
        if let password {
            lines += ["requirepass \(password)", "sentinel sentinel-pass \(password)"]
        }
        try directory.write(lines.joined(separator: "\n") + "\n", to: "sentinel.conf")
    }

    fileprivate func launch() async throws {
        let sentinel = try ChildProcess(
            place.entrance + [RedisServer.executable, "\(directory.path)/sentinel.conf", "--sentinel"])
        process.withLock { $0 = sentinel }
        guard await eventually(within: .seconds(60), { sentinel.isRunning && (try? cli("PING")) == "PONG" }) else {
            throw TestFailure("the Sentinel on port \(port) does not answer: \(log)")
        }
    }

    package func kill() async {
        process.withLock { $0?.signal(SIGKILL) }
        _ = await eventually { process.withLock { $0?.isRunning != true } }
    }

    package var log: String { directory.text(of: "sentinel.log") ?? "no log" }

    /// Where it says that the primary is.
    package var primaryPort: Int? {
        let lines = (try? cli("SENTINEL", "GET-MASTER-ADDR-BY-NAME", Self.name))?.split(whereSeparator: \.isNewline)
        return lines?.last.flatMap { Int($0) }
    }

    /// Asks for a failover, as an operator does.
    package func failOver() throws {
        let answer = try cli("SENTINEL", "FAILOVER", Self.name)
        guard answer == "OK" else { throw TestFailure("SENTINEL FAILOVER: \(answer)") }
    }

    /// Knows the replicas and the other Sentinels, and so can agree on a failover.
    fileprivate func sees(replicas: Int, others: Int) -> Bool {
        guard let text = try? cli("SENTINEL", "MASTER", Self.name) else { return false }
        let lines = text.split(whereSeparator: \.isNewline).map(String.init)
        func value(_ field: String) -> Int? { lines.firstIndex(of: field).flatMap { Int(lines[$0 + 1]) } }
        return value("num-slaves") == replicas && value("num-other-sentinels") == others
    }

    private func cli(_ arguments: String...) throws -> String {
        let environment = password.map { ["REDISCLI_AUTH": $0] } ?? [:]
        let command = place.entrance + ["redis-cli", "-h", place.host, "-p", "\(port)"]
        return try ChildProcess.run(command + arguments, environment: environment).output
    }
}

/// Gives `body` a primary with replicas, and Sentinels that are ready for a failover.
/// - `place`: of the primary and the first Sentinel.
/// - `others`: of the replicas and the other Sentinels.
/// - `arguments`: of all servers.
package func withSentinels<Value>(
    _ count: Int = 3, at place: Place = .loopback, others: Place = .loopback, replicas: Int = 1,
    password: String? = nil, arguments: [String] = [],
    _ body: (_ sentinels: [SentinelServer], _ servers: [RedisServer]) async throws -> Value
) async throws -> Value {
    // A server that returns empty may be promoted next.
    let arguments = ["--appendonly", "yes", "--appendfsync", "always"] + arguments
    return try await withRedisServer(at: place, arguments: arguments) { primary in
        try await primary.withReplicas(replicas, at: others, arguments: arguments) { replicas in
            let sentinels = try (0..<count).map {
                try SentinelServer(at: $0 == 0 ? place : others, of: primary, quorum: count / 2 + 1, password: password)
            }
            do {
                for sentinel in sentinels { try await sentinel.launch() }
                try await eventually("every Sentinel knows all", state: { sentinels[0].log }) {
                    sentinels.allSatisfy { $0.sees(replicas: replicas.count, others: count - 1) }
                }
                let value = try await body(sentinels, [primary] + replicas)
                for sentinel in sentinels { await sentinel.kill() }
                return value
            } catch {
                for sentinel in sentinels { await sentinel.kill() }
                throw error
            }
        }
    }
}

extension [SentinelServer] {
    /// For `REDIS_URL`.
    package var url: String {
        "redis-sentinel://\(map { "\($0.place.host):\($0.port)" }.joined(separator: ","))/\(SentinelServer.name)"
    }
}

extension RedisServer {
    fileprivate func withReplicas<Value>(
        _ count: Int, at place: Place, arguments: [String], _ others: [RedisServer] = [],
        _ body: ([RedisServer]) async throws -> Value
    ) async throws -> Value {
        guard count > 0 else { return try await body(others) }
        return try await withReplica(at: place, arguments: arguments) {
            try await withReplicas(count - 1, at: place, arguments: arguments, others + [$0], body)
        }
    }
}
