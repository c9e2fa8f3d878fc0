import ArgumentParser
import Foundation

/// `webchat cluster`: who is in the cluster, as each of its nodes sees it.
struct ClusterTable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Print the nodes of the cluster, and where they disagree about each other.",
        discussion: """
            Asks the given node, and then each node that it knows, at the address where that serves /cluster. \
            Exit 1 if nobody answers, or if the nodes disagree.
            """)

    @Option(help: "A node: http://host:port, with ADMIN_PORT that port")
    var url = "http://127.0.0.1:8080"

    @Flag(help: "Ask again each second, until Ctrl-C.")
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
            // To the top left, and nothing below: the page stays where it is.
            let clear = isatty(STDOUT_FILENO) == 1 ? "\u{1B}[H\u{1B}[J" : ""
            print(clear + text + "\n")
            // Whoever read it has gone: `webchat cluster --watch | head`.
            guard fflush(nil) == 0 else { return }
            try await Task.sleep(for: .seconds(1))
        }
    }
}
