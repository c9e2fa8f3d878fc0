import Foundation
import TestSupport

/// The built `webchat` with a command that ends by itself.
final class CommandRun: Sendable {
    struct Result {
        let status: Int32
        let output: String
        let errors: String

        var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]) ?? [:]
        }
    }

    private let process: Process
    private let directory: URL

    init(_ arguments: [String]) throws {
        directory = FileManager.default.temporaryDirectory.appending(
            path: "webchat-run-\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        process = Process()
        process.executableURL = try NodeProcess.built()
        process.arguments = arguments
        process.environment = [:]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try Self.file(directory, "output")
        process.standardError = try Self.file(directory, "errors")
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: directory)
    }

    var errors: String { text("errors") }

    func interrupt() { kill(process.processIdentifier, SIGINT) }

    func wait(within limit: Duration = .seconds(60)) async throws -> Result {
        try await eventually("the command ends", within: limit, state: { errors }) { !process.isRunning }
        return Result(status: process.terminationStatus, output: text("output"), errors: errors)
    }

    private func text(_ name: String) -> String {
        (try? String(contentsOf: directory.appending(path: name), encoding: .utf8)) ?? ""
    }

    private static func file(_ directory: URL, _ name: String) throws -> FileHandle {
        let file = directory.appending(path: name)
        try Data().write(to: file)
        return try FileHandle(forWritingTo: file)
    }
}
