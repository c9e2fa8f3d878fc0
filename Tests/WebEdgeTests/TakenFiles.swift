import ChatModel
import CoreMetrics
import Embedded
import Files
import Foundation
import Logging
import Sealing
import Testing

@testable import WebEdge

/// The files of an edge that takes some, in a directory of their own.
struct TakenFiles {
    let services: FileServices
    private let path: String

    static func with(_ body: (TakenFiles) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "taken-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let metrics = FileMetrics(factory: NOOPMetricsHandler.instance)
        let usage = FileUsage(limit: nil, metrics: metrics)
        let store = FileDirectory(path)
        let log = EmbeddedBackend(node: NodeIncarnation(name: "n1", generation: 1))
        let sweeper = FileSweeper(
            store: store, index: log, usage: usage, metrics: metrics,
            logger: Logger(label: "files") { _ in SwiftLogNoOpLogHandler() })
        let sealer = try FileTicketSealer(secret: Array("a secret of at least 32 bytes, for tests".utf8))
        try await body(
            TakenFiles(
                services: FileServices(
                    FileConfiguration(directory: path), store: store, sweeper: sweeper, usage: usage, sealer: sealer,
                    metrics: metrics), path: path))
    }

    /// What is in the directory of the lobby.
    var left: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path + "/lobby")) ?? [] }

    /// - Returns: the head of a request that stores a file of so many bytes, and these.
    func upload(of bytes: Int) throws -> (head: String, bytes: String) {
        let upload = FileUpload(
            room: .lobby, name: try #require(FileName("a.txt")), type: try #require(SharedFile.MediaType("text/plain")),
            bytes: bytes, size: nil, key: "k")
        let ticket = try #require(services.ticket(for: upload, by: UserID("ann")))
        let head =
            "PUT /files/lobby/\(ticket.id) HTTP/1.1\r\nHost: h\r\nContent-Length: \(bytes)\r\n"
            + "Authorization: Bearer \(ticket.text)\r\n\r\n"
        return (head, String(repeating: "x", count: bytes))
    }
}
