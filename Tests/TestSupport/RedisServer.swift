import Foundation
import Synchronization

/// A real `redis-server` of the test's own on a free port, mostly of the loopback interface, with a directory of its own.
///
/// Best used by `withRedisServer`, which ends it however the test ends. Should the tests' process be killed, it ends too.
package final class RedisServer: Sendable {
    /// What `REDIS_SERVER` names, by an absolute path or a name on the path: another version, or Valkey.
    static let executable =
        ProcessInfo.processInfo.environment["REDIS_SERVER"].flatMap { $0.isEmpty ? nil : $0 } ?? "redis-server"

    package let place: Place
    package let port: Int
    private let password: String?
    private let arguments: [String]
    private let directory = TemporaryDirectory()
    private let process = Mutex<ChildProcess?>(nil)

    /// - Parameters:
    ///   - password: of the default user.
    ///   - arguments: more of them, as on the command line; they win over ours.
    fileprivate init(at place: Place, password: String?, arguments: [String]) throws {
        self.place = place
        self.port = try freePort()
        self.password = password
        let base = [
            "--port", "\(port)", "--bind", place.host, "--dir", directory.path, "--save", "", "--appendonly", "no",
            "--maxmemory-policy", "noeviction", "--logfile", "redis.log", "--protected-mode", "no",
        ]
        self.arguments = base + (password.map { ["--requirepass", $0] } ?? []) + arguments
    }

    /// `redis://` with the default user's password, if there is one.
    package var url: String { "redis://\(password.map { ":\($0)@" } ?? "")\(place.host):\(port)" }

    /// What a crash is: nothing is saved.
    package func kill() async {
        signal(SIGKILL)
        _ = await eventually { process.withLock { $0?.isRunning != true } }
    }

    /// Starts it again on the same port and directory.
    package func launch() async throws {
        let server = try ChildProcess(place.entrance + [Self.executable] + arguments)
        process.withLock { $0 = server }
        guard await eventually(within: .seconds(60), { !server.isRunning || (try? cli("PING")) == "PONG" }),
            server.isRunning
        else {
            let log = directory.text(of: "redis.log") ?? "no log"
            throw TestFailure("\(Self.executable) on port \(port) does not answer: \(log)")
        }
    }

    /// Takes away everything that it has saved; to be called while it is down.
    package func wipe() throws {
        for file in try FileManager.default.contentsOfDirectory(at: directory.url, includingPropertiesForKeys: nil) {
            try FileManager.default.removeItem(at: file)
        }
    }

    /// Takes the last bytes of its append-only file away, as a machine that goes down would; to be called while it is down.
    package func cutAppendOnlyFile(by count: UInt64) throws {
        let folder = directory.url.appending(path: "appendonlydir")
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        let newest = files.filter { $0.pathExtension == "aof" && $0.path.contains(".incr.") }
            .max(by: { $0.path.localizedStandardCompare($1.path) == .orderedAscending })
        // Before Redis 7 it is a single one.
        let file = try FileHandle(forUpdating: newest ?? directory.url.appending(path: "appendonly.aof"))
        defer { try? file.close() }
        let size = try file.seekToEnd()
        try file.truncate(atOffset: size - min(size, count))
    }

    /// Freezes it: it keeps its connections and answers nothing.
    package func pause() { signal(SIGSTOP) }
    package func resume() { signal(SIGCONT) }

    /// Runs `redis-cli`, and returns what it printed without the last newline.
    @discardableResult
    package func cli(_ arguments: String...) throws -> String {
        try cli(arguments)
    }

    @discardableResult
    package func cli(_ arguments: [String]) throws -> String {
        let environment = password.map { ["REDISCLI_AUTH": $0] } ?? [:]
        let command = place.entrance + ["redis-cli", "-h", place.host, "-p", "\(port)"]
        return try ChildProcess.run(command + arguments, environment: environment).output
    }

    /// Sets `maxmemory` to a multiple of what is used.
    package func limitMemory(to factor: Double) throws {
        let lines = try cli("INFO", "memory").split(whereSeparator: \.isNewline)
        let used = lines.lazy.filter { $0.hasPrefix("used_memory:") }.compactMap { Double($0.dropFirst(12)) }.first
        try cli("CONFIG", "SET", "maxmemory", "\(Int((used ?? 0) * factor))")
    }

    private func signal(_ number: Int32) {
        process.withLock { $0?.signal(number) }
    }
}

/// Gives `body` a Redis of its own, which has ended when this returns or throws.
package func withRedisServer<Value>(
    at place: Place = .loopback, password: String? = nil, arguments: [String] = [],
    _ body: (RedisServer) async throws -> Value
) async throws -> Value {
    let server = try RedisServer(at: place, password: password, arguments: arguments)
    try await server.launch()
    do {
        let value = try await body(server)
        await server.kill()
        return value
    } catch {
        await server.kill()
        throw error
    }
}
