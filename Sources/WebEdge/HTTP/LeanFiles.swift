import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// The page's scripts and style sheets as `LeanSource` makes them, kept until the file on the disk is another one.
final class LeanFiles: Sendable {
    private struct File {
        let modified: Date
        let content: ByteBuffer
    }

    /// By path. As many as the directory has files.
    private let files = Mutex<[String: File]>([:])

    /// Nil: it cannot be read, or is no UTF-8.
    func content(of path: String, modified: Date) async throws -> ByteBuffer? {
        if let known = kept(path), known.modified == modified { return known.content }
        let source = try await NIOThreadPool.singleton.runIfActive { FileManager.default.contents(atPath: path) }
        guard let text = source.flatMap({ String(data: $0, encoding: .utf8) }) else { return nil }
        let content = ByteBuffer(string: LeanSource.lean(text))
        files.withLock { $0[path] = File(modified: modified, content: content) }
        return content
    }

    /// What `content(of:modified:)` has told the size of.
    func content(of path: String) -> ByteBuffer? { kept(path)?.content }

    private func kept(_ path: String) -> File? { files.withLock { $0[path] } }
}
