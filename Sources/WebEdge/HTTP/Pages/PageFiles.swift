import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// The files of a directory, cached in memory with their compressed forms until they change on disk.
final class PageFiles: Sendable {
    /// Larger files are not part of the page and not served: each is sent from memory.
    private let maximumSize: Int
    /// Above this, all files are dropped and read again.
    private let maximumKept: Int

    private struct Kept {
        var files: [String: (stamp: FileStamp, file: PageFile)] = [:]
        var size = 0
    }

    private let kept = Mutex(Kept())

    init(maximumSize: Int = 8 * 1_048_576, maximumKept: Int = 32 * 1_048_576) {
        self.maximumSize = maximumSize
        self.maximumKept = maximumKept
    }

    var keptBytes: Int { kept.withLock(\.size) }

    /// `nil`: no readable file at this path.
    func file(at path: String) async throws -> PageFile? {
        try await NIOThreadPool.singleton.runIfActive { self.load(path) }
    }

    private func load(_ path: String) -> PageFile? {
        guard let stamp = FileStamp(of: path), stamp.size <= maximumSize else { return nil }
        if let known = kept.withLock({ $0.files[path] }), known.stamp == stamp { return known.file }
        guard let bytes = FileManager.default.contents(atPath: path) else { return nil }
        let file = PageFile(ByteBuffer(bytes: bytes), name: path)
        kept.withLock { kept in
            if kept.size + file.size > maximumKept { kept = Kept() }
            kept.size += file.size - (kept.files[path]?.file.size ?? 0)
            kept.files[path] = (stamp, file)
        }
        return file
    }
}
