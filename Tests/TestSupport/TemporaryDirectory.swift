package import Foundation

/// A directory of a test's own, which is removed with the value that holds it.
package final class TemporaryDirectory: Sendable {
    package let url = FileManager.default.temporaryDirectory.appending(path: "webchat-test-\(UUID().uuidString)")

    package init() { try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: url) }

    package var path: String { url.path(percentEncoded: false) }

    /// Writes a file, and makes the folders above it.
    /// - Returns: the file's path.
    @discardableResult
    package func write(_ text: String, to name: String) throws -> String {
        let file = url.appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        return file.path(percentEncoded: false)
    }

    /// A new file, for what a program prints.
    package func output(_ name: String) throws -> FileHandle {
        try FileHandle(forWritingTo: URL(filePath: write("", to: name)))
    }

    package func text(of name: String) -> String? {
        try? String(contentsOf: url.appending(path: name), encoding: .utf8)
    }
}
