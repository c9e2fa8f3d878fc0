import ArgumentParser
import NIOCore

/// `webchat health`: health check for containers. Exits with 0 if the node is ready, with 1 otherwise.
struct Health: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check whether a node is ready; exits with 0 if it is, 1 if not.")

    @Option(help: "URL of a node, http://host:port")
    var url = "http://127.0.0.1:8080"

    @Flag(help: "Check liveness (/healthz) instead of readiness (/readyz).")
    var live = false

    func run() async throws {
        let response = try await NodeRequest(live ? "/healthz" : "/readyz", of: url).send()
        for line in String(buffer: response.body).split(whereSeparator: \.isNewline) {
            print(LogText.escaped(String(line)))
        }
        guard response.status == 200 else { throw ExitCode.failure }
    }
}
