import ArgumentParser
import Foundation

/// `webchat actors`: what runs in a node, under whom, and what has failed.
struct ActorTree: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "actors",
        abstract: "Print a node's supervision tree: what runs, what was restarted, and why.")

    @Option(help: "A node: http://host:port")
    var url = "http://127.0.0.1:8080"

    @Flag(help: "Print JSON, as /cluster has it.")
    var json = false

    /// What this command reads of `/cluster`.
    private struct View: Decodable {
        let own: String
        let supervision: SupervisionView

        private enum CodingKeys: String, CodingKey {
            case own = "self"
            case supervision
        }
    }

    func run() async throws {
        let view = try await HTTPGet.cluster(View.self, of: url)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(view.supervision), as: UTF8.self))
        } else {
            print(view.supervision.drawing(of: view.own, width: Self.terminalWidth))
        }
    }

    /// `nil`: not a terminal, nothing is cut off.
    private static var terminalWidth: Int? {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}
