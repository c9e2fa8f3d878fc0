import ArgumentParser
import NIOCore

/// `webchat health`: a container's health check. Exit code 0 when the node says yes, 1 otherwise.
struct Health: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask a node whether it is ready; exit 0 if so, 1 if not.")

    @Option(help: "A node: http://host:port")
    var url = "http://127.0.0.1:8080"

    @Flag(help: "Ask only whether the process lives (/healthz), not whether it may take traffic (/readyz).")
    var live = false

    func run() async throws {
        let response = try await HTTPGet(live ? "/healthz" : "/readyz", of: url).send()
        print(LogText.escaped(String(buffer: response.body)))
        guard response.status == 200 else { throw ExitCode.failure }
    }
}
