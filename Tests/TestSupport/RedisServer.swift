import Foundation
import Synchronization

/// A real `redis-server` of the test's own on a free port of the loopback interface, with a directory of its own.
///
/// Best used by `withRedisServer`, which ends it however the test ends. Should the tests' process be killed, it ends too.
package final class RedisServer: Sendable {
    package let port: Int
    private let password: String?
    private let arguments: [String]
    private let environment: [String: String]
    private let directory: URL
    private let process = Mutex<Process?>(nil)

    /// - Parameters:
    ///   - password: of the default user.
    ///   - arguments: more of them, as on the command line; they win over ours.
    ///   - environment: on top of the tests' own.
    package static func start(
        password: String? = nil, arguments: [String] = [], environment: [String: String] = [:]
    ) async throws -> RedisServer {
        let server = try RedisServer(password: password, arguments: arguments, environment: environment)
        try await server.launch()
        return server
    }

    private init(password: String?, arguments: [String], environment: [String: String]) throws {
        self.port = try freePort()
        self.password = password
        self.environment = environment
        self.directory = FileManager.default.temporaryDirectory.appendingPathComponent("redis-\(UUID().uuidString)")
        let base = [
            "--port", "\(port)", "--bind", "127.0.0.1", "--dir", directory.path, "--save", "", "--appendonly", "no",
            "--maxmemory-policy", "noeviction", "--logfile", "redis.log",
        ]
        self.arguments = base + (password.map { ["--requirepass", $0] } ?? []) + arguments
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit {
        process.withLock {
            if let process = $0, process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
        }
        try? FileManager.default.removeItem(at: directory)
    }

    /// `redis://` with the default user's password, if there is one.
    package var url: String { "redis://\(password.map { ":\($0)@" } ?? "")127.0.0.1:\(port)" }

    /// Has it save what it is configured to save, and end. (By command: it may have inherited a mask that blocks SIGTERM
    /// from the thread which started it.)
    package func stop() async throws {
        try cli("SHUTDOWN")
        await ended()
    }

    /// What a crash is: nothing is saved.
    package func kill() async {
        signal(SIGKILL)
        await ended()
    }

    /// Starts it again on the same port and directory.
    package func launch() async throws {
        let server = Process()
        server.executableURL = try Self.find("redis-server")
        server.arguments = arguments
        if !environment.isEmpty {
            server.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        }
        server.terminationHandler = { OrphanGuard.shared.release($0.processIdentifier) }
        server.standardOutput = FileHandle.nullDevice
        server.standardError = FileHandle.nullDevice
        try server.run()
        OrphanGuard.shared.keep(server.processIdentifier)
        process.withLock { $0 = server }
        guard await eventually(within: .seconds(60), { server.isRunning && (try? cli("PING")) == "PONG" }) else {
            let log = try? String(contentsOf: directory.appendingPathComponent("redis.log"), encoding: .utf8)
            throw RedisServerError("redis-server on port \(port) does not answer: \(log ?? "no log")")
        }
    }

    /// Takes away everything that it has saved; to be called while it is down.
    package func wipe() throws {
        for file in try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil) {
            try FileManager.default.removeItem(at: file)
        }
    }

    /// Takes the last bytes of its append-only file away, as a machine that goes down would; to be called while it is down.
    package func cutAppendOnlyFile(by count: UInt64) throws {
        let folder = directory.appendingPathComponent("appendonlydir")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        guard
            let newest = files.filter({ $0.pathExtension == "aof" && $0.path.contains(".incr.") })
                .max(by: { $0.path.localizedStandardCompare($1.path) == .orderedAscending })
        else { throw RedisServerError("no append-only file in \(folder.path)") }
        let file = try FileHandle(forUpdating: newest)
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
        let client = Process()
        client.executableURL = try Self.find("redis-cli")
        client.arguments = ["-p", "\(port)"] + arguments
        client.environment = password.map { ["REDISCLI_AUTH": $0] } ?? [:]
        let output = Pipe()
        client.standardOutput = output
        client.standardError = output
        try client.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        client.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    private func ended() async {
        guard let server = process.withLock({ $0 }) else { return }
        if await !eventually({ !server.isRunning }) { signal(SIGKILL) }
    }

    private func signal(_ number: Int32) {
        process.withLock {
            if let process = $0, process.isRunning { Foundation.kill(process.processIdentifier, number) }
        }
    }

    private static func find(_ name: String) throws -> URL {
        let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
        for folder in folders + ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"] {
            let path = "\(folder)/\(name)"
            if FileManager.default.isExecutableFile(atPath: path) { return URL(fileURLWithPath: path) }
        }
        throw RedisServerError("\(name) is missing: run scripts/setup test")
    }
}

package struct RedisServerError: Error, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}

/// Gives `body` a Redis of its own, which has ended when this returns or throws.
package func withRedisServer<Value>(
    password: String? = nil, arguments: [String] = [], environment: [String: String] = [:],
    _ body: (RedisServer) async throws -> Value
) async throws -> Value {
    let server = try await RedisServer.start(password: password, arguments: arguments, environment: environment)
    do {
        let value = try await body(server)
        await server.kill()
        return value
    } catch {
        await server.kill()
        throw error
    }
}

extension RedisServer {
    /// Sets `maxmemory` to a multiple of what is used.
    package func limitMemory(to factor: Double) throws {
        let lines = try cli("INFO", "memory").split(whereSeparator: \.isNewline)
        let used = lines.lazy.filter { $0.hasPrefix("used_memory:") }.compactMap { Double($0.dropFirst(12)) }.first
        try cli("CONFIG", "SET", "maxmemory", "\(Int((used ?? 0) * factor))")
    }
}
