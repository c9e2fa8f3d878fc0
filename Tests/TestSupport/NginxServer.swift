import Foundation
import Synchronization

/// A real nginx in front of nodes, on a free port of the loopback interface, configured by `deploy/nginx.conf`.
///
/// Best used by `withNginx`, which ends it however the test ends.
package final class NginxServer: Sendable {
    package let port: Int
    private let directory = TemporaryDirectory()
    private let process = Mutex<ChildProcess?>(nil)

    package init(nodes: [NodeProcess]) throws {
        self.port = try freePort()
        // Started by root, nginx gives its workers to another user, who has to get to the temporary files.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory.path)
        let shipped = try String(
            contentsOf: NodeProcess.repository.appending(path: "deploy/nginx.conf"), encoding: .utf8)
        let text =
            shipped
            .replacing("listen 8080;", with: "listen 127.0.0.1:\(port);")
            .replacing("listen 8081;", with: "listen 127.0.0.1:\(try freePort());")
            .replacing(#/server web:8080 resolve (.+);/#) { match in
                nodes.map { "server 127.0.0.1:\($0.port) \(match.1);" }.joined(separator: " ")
            }
            .replacing(" /run/nginx/", with: " \(directory.path)/")
        try directory.write(text, to: "nginx.conf")
    }

    deinit { kill() }

    package func start() async throws {
        let arguments = [
            "-p", directory.path, "-e", "stderr", "-c", "\(directory.path)/nginx.conf", "-g", "daemon off;",
        ]
        let nginx = try ChildProcess(["nginx"] + arguments, errors: directory.output("output.log"))
        process.withLock { $0 = nginx }
        try await eventually("nginx accepts", state: { output }) {
            guard nginx.isRunning else { throw TestFailure("nginx ended at its start: \(output)") }
            return (try? RawSocket(port: port)) != nil
        }
    }

    /// New workers, while the old ones keep the sockets that they have.
    package func reload() {
        process.withLock { $0?.signal(SIGHUP) }
    }

    /// Master and workers at once, as when their machine goes away.
    package func kill() {
        process.withLock { nginx in
            guard let master = nginx, master.isRunning else { return }
            // Without their master, workers would go on serving, and Foundation would wait for them as well. A master that
            // is about to reload starts another one meanwhile: so it is stopped first.
            master.signal(SIGSTOP)
            while Self.runs(master.identifier) { usleep(100) }
            let workers = Self.children(of: master.identifier)
            for pid in workers.union([master.identifier]) { Foundation.kill(pid, SIGKILL) }
            master.waitUntilExit()
            nginx = nil
        }
    }

    /// The processes that serve; after a reload also the old ones, as long as they have sockets.
    package var workers: Set<Int32> {
        process.withLock { $0.map { Self.children(of: $0.identifier) } ?? [] }
    }

    private var output: String { directory.text(of: "output.log") ?? "" }

    private static func children(of parent: Int32) -> Set<Int32> {
        let path = "/proc/\(parent)/task/\(parent)/children"
        guard let line = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return Set(line.split(separator: " ").compactMap { Int32($0) })
    }

    /// Not stopped, and not gone.
    private static func runs(_ pid: Int32) -> Bool {
        guard let line = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let state = line.split(separator: ")").last?.first(where: { $0 != " " })
        else { return false }
        return !"TtZX".contains(state)
    }
}

/// Gives `body` an nginx before the nodes, which has ended when this returns or throws.
package func withNginx<Value>(
    _ nodes: [NodeProcess], _ body: (NginxServer) async throws -> Value
) async throws -> Value {
    let nginx = try NginxServer(nodes: nodes)
    defer { nginx.kill() }
    try await nginx.start()
    return try await body(nginx)
}
