import ArgumentParser
import Foundation

/// `webchat cluster`: who is in the cluster, as one node sees it.
struct ClusterTable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster", abstract: "Print the nodes of the cluster, as one of them sees them.")

    @Option(help: "A node: http://host:port")
    var url = "http://127.0.0.1:8080"

    func run() async throws {
        let view = try await HTTPGet.cluster(ClusterView.self, of: url)
        print(view.table)
    }
}

/// What this command reads of `/cluster`.
struct ClusterView: Decodable {
    struct Member: Decodable {
        let id: String
        let generation: UInt64
        let addr: String
        let state: String
        let version: String
        let uptimeS: Double
    }

    let own: String
    let members: [Member]

    private enum CodingKeys: String, CodingKey {
        case own = "self"
        case members
    }

    /// Columns under one another; the node that was asked has a star.
    var table: String {
        let rows =
            [["NODE", "STATE", "ADDRESS", "VERSION", "UP", "GENERATION"]]
            + members.map { member in
                [
                    member.id + (member.id == own ? " *" : ""), member.state, member.addr, member.version,
                    PlainDuration.text(seconds: member.uptimeS), String(member.generation),
                ].map(LogText.escaped)
            }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
                .joined(separator: "  ").trimmingCharacters(in: .whitespaces)
        }.joined(separator: "\n")
    }
}
