import Foundation

@testable import ChatServer

/// A directory of a test's own; removed with the value that holds it.
final class TemporaryDirectory: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("webchat-\(UUID().uuidString)").path

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Returns the file's path.
    func write(_ text: String, to name: String) throws -> String {
        let file = path + "/" + name
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        return file
    }

    /// A machine whose working directory this is, with a page in it.
    func machine() throws -> Machine {
        _ = try write("<!doctype html>", to: "frontend/index.html")
        return Machine(
            cores: 4, hostName: "some-host.example.org", descriptorLimit: 1_000, binaryDirectory: path + "/bin",
            workingDirectory: path)
    }
}
