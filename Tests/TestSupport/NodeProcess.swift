package import Foundation
import Synchronization

/// A node as users run it: the built `webchat` in a process of its own, mostly on a free port of the loopback.
///
/// Started by a test, mostly through `withNodes`, which also prints the logs when the test throws; ends with this value.
package final class NodeProcess: Sendable {
    package let name: String
    package let host: String
    package let port: Int
    private let scratch = TemporaryDirectory()
    private let command: [String]
    private let directory: URL
    private let environment: [String: String]
    private let process = Mutex<ChildProcess?>(nil)

    /// - Parameters:
    ///   - host: Where it listens.
    ///   - environment: On top of what fits a test: no limits, a short drain, the repository's `frontend/`.
    ///     An empty value takes a variable away.
    ///   - executable: `nil`: the one that was built together with the tests.
    ///   - command: Instead of `executable serve`, an absolute path and arguments that end up there.
    ///   - directory: Where it runs. `nil`: a temporary one.
    package init(
        name: String, host: String = "127.0.0.1", environment: [String: String] = [:], executable: URL? = nil,
        command: [String]? = nil, directory: URL? = nil
    ) throws {
        self.name = name
        self.host = host
        self.port = try freePort()
        self.command = try command ?? [(executable ?? Self.built()).path, "serve"]
        self.directory = directory ?? scratch.url
        var variables = [
            "HOST": host, "PORT": "\(port)", "NODE_NAME": name, "LOG_LEVEL": "info", "WORKERS": "2",
            "STATIC_DIR": Self.repository.appending(path: "frontend").path,
            "CLUSTER_SECRET": "a secret of tests that has more than 32 bytes",
            "MESSAGE_RATE": "0", "CONNECTIONS_PER_ADDRESS": "0", "DRAIN_GRACE": "0", "DRAIN_SECONDS": "5",
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "",
        ]
        variables.merge(environment) { $1 }
        self.environment = variables.filter { !$0.value.isEmpty }
    }

    package func start() throws {
        let log = try scratch.output("node.log")
        try process.withLock {
            $0 = try ChildProcess(command, environment: environment, directory: directory, output: log)
        }
    }

    /// Waits until `/readyz` says 200.
    package func waitUntilReady(within limit: Duration = .seconds(60)) async throws {
        try await eventually("\(name) is ready", within: limit, state: { log }) {
            guard isRunning else { throw TestFailure("\(name) ended at its start:\n\(log)") }
            return await (try? get("/readyz"))?.status == 200
        }
    }

    package var isRunning: Bool { process.withLock { $0?.isRunning ?? false } }

    package var identifier: Int32? { process.withLock { $0?.identifier } }

    /// Where others in that network find it, too.
    package convenience init(name: String, at place: Place, environment: [String: String]) throws {
        try self.init(
            name: name, host: place.host, environment: environment.merging(["ADVERTISE_HOST": place.host]) { $1 },
            command: place.entrance + [Self.built().path, "serve"])
    }

    /// Sends a signal, if the process still lives.
    package func signal(_ number: Int32) {
        process.withLock { $0?.signal(number) }
    }

    /// - Returns: the exit status, or the negative number of the signal that ended it.
    @discardableResult
    package func waitForExit(within limit: Duration = .seconds(60)) async throws -> Int32 {
        try await eventually("\(name) ends", within: limit, state: { log }) { !isRunning }
        return process.withLock { $0?.status ?? 0 }
    }

    package func get(_ target: String) async throws -> HTTPAnswer {
        try await exchange("GET", target)
    }

    package func exchange(_ method: String, _ target: String) async throws -> HTTPAnswer {
        let socket = try RawSocket(host: host, port: port)
        try await socket.send("\(method) \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return try await socket.response()
    }

    /// One series of `/metrics`, by its name and labels as they are written there.
    package func metric(_ series: String) async throws -> Double {
        let lines = try await get("/metrics").body.split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix(series + " ") }),
            let value = Double(line.dropFirst(series.count + 1))
        else { throw TestFailure("\(name) has no \(series)") }
        return value
    }

    package var log: String {
        scratch.text(of: "node.log") ?? "no log"
    }

    /// Kilobytes of memory that the process holds now.
    package var residentKilobytes: Int {
        guard let identifier, let status = try? String(contentsOfFile: "/proc/\(identifier)/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") })
        else { return 0 }
        return line.split(separator: " ").compactMap { Int($0) }.first ?? 0
    }

    /// The repository this test was built from.
    package static var repository: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }

    /// What `WEBCHAT_BINARY` names; otherwise the `webchat` beside the tests' own executable.
    package static func built() throws -> URL {
        if let path = ProcessInfo.processInfo.environment["WEBCHAT_BINARY"], !path.isEmpty {
            return URL(filePath: path)
        }
        let tests = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
        var directory = tests.deletingLastPathComponent()
        // On macOS the executable is deep inside of a bundle.
        for _ in 0..<5 {
            let candidate = directory.appending(path: "webchat")
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
            directory = directory.deletingLastPathComponent()
        }
        throw TestFailure("no webchat beside \(tests.path): run swift build --build-tests first")
    }
}

/// Starts nodes that belong together, waits until each is ready, and stops them, whatever happens.
package func withNodes<Result>(
    _ count: Int, environment: [String: String] = [:], _ body: ([NodeProcess]) async throws -> Result
) async throws -> Result {
    let nodes = try (1...count).map { try NodeProcess(name: "n\($0)", environment: environment) }
    return try await withNodes(nodes, body)
}

/// The same with nodes that meet in a Redis of their own.
/// - Parameter arguments: of that Redis.
package func withCluster<Result>(
    _ count: Int, environment: [String: String] = [:], redis arguments: [String] = [],
    _ body: (RedisServer, [NodeProcess]) async throws -> Result
) async throws -> Result {
    try await withRedisServer(arguments: arguments) { redis in
        let environment = environment.merging(["REDIS_URL": redis.url]) { $1 }
        return try await withNodes(count, environment: environment) { try await body(redis, $0) }
    }
}

/// The same with nodes that differ.
package func withNodes<Result>(
    _ nodes: [NodeProcess], _ body: ([NodeProcess]) async throws -> Result
) async throws -> Result {
    defer { for node in nodes { node.signal(SIGKILL) } }
    do {
        for node in nodes { try node.start() }
        for node in nodes { try await node.waitUntilReady() }
        return try await body(nodes)
    } catch {
        for node in nodes { print("--- log of \(node.name)\n\(node.log.suffix(8_000))\n---") }
        throw error
    }
}
