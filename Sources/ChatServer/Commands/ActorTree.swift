import ArgumentParser
import Foundation

/// `webchat actors`: prints a node's supervision tree with its restarts and failures.
struct ActorTree: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "actors",
        abstract: "Print a node's supervision tree with restarts and their causes.")

    @Option(help: "URL of a node, http://host:port; use ADMIN_PORT if set.")
    var url = "http://127.0.0.1:8080"

    @Flag(help: "Print JSON, as served by /cluster.")
    var json = false

    /// The part of `/cluster` that this command reads.
    private struct View: Decodable {
        let own: String
        let supervision: SupervisionView

        private enum CodingKeys: String, CodingKey {
            case own = "self"
            case supervision
        }
    }

    func run() async throws {
        let view = try await NodeRequest.cluster(View.self, of: url)
        if json {
            print(try view.supervision.json())
        } else {
            print(view.supervision.drawing(of: view.own, width: Self.terminalWidth))
        }
    }

    /// `nil` if the output is not a terminal: nothing is truncated.
    private static var terminalWidth: Int? {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}
