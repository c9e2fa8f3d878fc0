import ChatModel
import Embedded
import Files
import Foundation
import Logging
import NIOCore
import Sealing
import Testing

@testable import WebEdge

/// The files of an edge that takes some, in a directory of their own.
struct TakenFiles {
    let services: FileServices
    private let path: String
    private let factory: PrometheusFactory

    /// - `limit`: what the store may hold, in bytes.
    static func with(
        limit: Int? = nil, stallLimit: TimeAmount = .seconds(30),
        configure: (inout FileConfiguration) -> Void = { _ in },
        _ body: (TakenFiles) async throws -> Void
    ) async throws {
        let path = NSTemporaryDirectory() + "taken-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let factory = PrometheusFactory(FileMetrics.descriptions, version: "1")
        let metrics = FileMetrics(factory: factory)
        let usage = FileUsage(limit: limit, metrics: metrics)
        var configuration = FileConfiguration(.directory(path))
        configure(&configuration)
        let store = FileDirectory(path)
        let log = EmbeddedBackend(node: NodeIncarnation(name: "n1", generation: 1))
        let logger = Logger(label: "files") { _ in SwiftLogNoOpLogHandler() }
        let sweeper = FileSweeper(store: store, index: log, usage: usage, metrics: metrics, logger: logger)
        let sealer = try FileTicketSealer(secret: Array("a secret of at least 32 bytes, for tests".utf8))
        try await body(
            TakenFiles(
                services: FileServices(
                    configuration, in: .directory(store), sweeper: sweeper, usage: usage, sealer: sealer,
                    metrics: metrics,
                    stallLimit: stallLimit, logger: logger), path: path, factory: factory))
    }

    /// - `name`: with its labels.
    func metric(_ name: String) throws -> Int {
        let line = String(buffer: factory.render()).split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return try #require(line.flatMap { Double($0.dropFirst(name.count + 1)) }.map { Int($0) }, "\(name)")
    }

    /// Stores zeros.
    /// - Returns: where they are read.
    func sparse(_ bytes: Int) throws -> String {
        let id = String(repeating: "s", count: 26)
        let directory = path + "/lobby"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        _ = FileManager.default.createFile(atPath: "\(directory)/\(id)", contents: nil)
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(directory)/\(id)"))
        try handle.truncate(atOffset: UInt64(bytes))
        try handle.close()
        return "/files/lobby/\(id)/a"
    }

    /// What is in the directory of the lobby.
    var left: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path + "/lobby")) ?? [] }

    /// - Parameter bytes: size of the file.
    /// - Returns: the head of a request that stores it, and its content.
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
