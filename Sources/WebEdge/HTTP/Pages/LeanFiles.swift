import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// The page's scripts and style sheets as `LeanSource` makes them, kept until the file on the disk is another one.
final class LeanFiles: Sendable {
    private struct File {
        let modified: Date
        /// Of what is on the disk.
        let size: Int
        let content: ByteBuffer
    }

    /// By path. As many as the directory has files: each has one path (`StaticFiles.getFileIdentifier`).
    private let files = Mutex<[String: File]>([:])

    /// Nil: it cannot be read. What is no UTF-8 stays as it is.
    func content(
        of path: String, _ language: LeanSource.Language, modified: Date, size: Int
    ) async throws -> ByteBuffer? {
        if let known = kept(path), known.modified == modified, known.size == size { return known.content }
        let content = try await NIOThreadPool.singleton.runIfActive { () -> ByteBuffer? in
            guard let source = FileManager.default.contents(atPath: path) else { return nil }
            guard let text = String(validating: source, as: UTF8.self) else { return ByteBuffer(bytes: source) }
            return ByteBuffer(string: LeanSource.lean(text, language) ?? text)
        }
        guard let content else { return nil }
        files.withLock { $0[path] = File(modified: modified, size: size, content: content) }
        return content
    }

    /// What was made last.
    func content(of path: String) -> ByteBuffer? { kept(path)?.content }

    private func kept(_ path: String) -> File? { files.withLock { $0[path] } }
}
