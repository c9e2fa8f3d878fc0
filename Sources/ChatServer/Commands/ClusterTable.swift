import ArgumentParser
import Foundation
import NIOCore

/// `webchat cluster`: who is in the cluster, as one node sees it.
struct ClusterTable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster", abstract: "Print the nodes of the cluster, as one of them sees them.")

    @Option(help: "A node: http://host:port")
    var url = "http://127.0.0.1:8080"

    func run() async throws {
        let response = try await HTTPGet("/cluster", of: url).send()
        guard response.status == 200 else {
            throw HTTPGet.Failure(
                description: "\(url)/cluster answers \(response.status); with ADMIN_PORT it is to be asked there")
        }
        guard let view = try? JSONDecoder().decode(ClusterView.self, from: Data(response.body.readableBytesView)) else {
            throw HTTPGet.Failure(description: "\(url)/cluster is no node of webchat, or one of another version")
        }
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
                    Self.duration(member.uptimeS), String(member.generation),
                ].map(LogText.escaped)
            }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
                .joined(separator: "  ").trimmingCharacters(in: .whitespaces)
        }.joined(separator: "\n")
    }

    /// The two largest units: `3d 4h`, `5m 6s`.
    private static func duration(_ seconds: Double) -> String {
        guard let total = Int(exactly: seconds.rounded(.down)), total >= 0 else { return "?" }
        let parts = [(total / 86_400, "d"), (total / 3_600 % 24, "h"), (total / 60 % 60, "m"), (total % 60, "s")]
        let first = min(parts.firstIndex { $0.0 > 0 } ?? 3, 2)
        return parts[first...].prefix(2).filter { $0.0 > 0 || $0.1 == "s" }.map { "\($0.0)\($0.1)" }
            .joined(separator: " ")
    }
}
