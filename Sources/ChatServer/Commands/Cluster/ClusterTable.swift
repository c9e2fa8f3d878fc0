import ArgumentParser
import Foundation

/// `webchat cluster`: prints the cluster as each of its nodes sees it.
struct ClusterTable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Print the nodes of the cluster and any disagreement between them.",
        discussion: """
            Queries /cluster on the given node and on every node it knows. Exits with 1 if no node responds or if \
            the nodes disagree.
            """)

    @Option(help: "URL of a node, http://host:port; use ADMIN_PORT if set.")
    var url = "http://127.0.0.1:8080"

    @Flag(help: "Refresh every second until Ctrl-C.")
    var watch = false

    func run() async throws {
        var surveyor = ClusterSurveyor(url: url)
        guard watch else {
            let survey = try await surveyor.ask()
            print(survey.text)
            if !survey.isAgreed { throw ExitCode.failure }
            return
        }
        while true {
            let text: String
            do {
                text = try await surveyor.ask().text
            } catch {
                text = "\(error)"
            }
            // Cursor to the top left, then clear below: the screen does not scroll.
            let clear = isatty(STDOUT_FILENO) == 1 ? "\u{1B}[H\u{1B}[J" : ""
            print(clear + text + "\n")
            // The reader has exited, as in `webchat cluster --watch | head`.
            guard fflush(nil) == 0 else { return }
            try await Task.sleep(for: .seconds(1))
        }
    }
}
