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

    /// The version of the page as it was read last, and the digests of its files.
    private struct Latest {
        var read: NIODeadline?
        var version: PageVersion?
        var digests: [String: (stamp: FileStamp, digest: String)] = [:]
    }

    private let latest = Mutex(Latest())
    private static let mostNames = 1_000
    private static let endings: Set = ["html", "css", "js", "svg", "png", "webmanifest"]

    init(maximumSize: Int = 8 * 1_048_576, maximumKept: Int = 32 * 1_048_576) {
        self.maximumSize = maximumSize
        self.maximumKept = maximumKept
    }

    var keptBytes: Int { kept.withLock(\.size) }

    /// `nil`: no readable file at this path.
    func file(at path: String) async throws -> PageFile? {
        try await NIOThreadPool.singleton.runIfActive { self.load(path) }
    }

    /// Read at most once a second. `nil`: there is no service worker, or too much for a page is in the directory.
    /// - Parameters:
    ///   - directory: always the same, with a trailing slash.
    ///   - policy: the page's content security policy, always the same.
    func version(of directory: String, policy: String) async throws -> PageVersion? {
        try await NIOThreadPool.singleton.runIfActive {
            self.latest.withLock { latest in
                if let read = latest.read, .now() - read < .seconds(1) { return latest.version }
                self.readDigests(&latest.digests, of: directory)
                let worker = self.load(directory + PageVersion.workerName)?.content
                latest.version = worker.flatMap {
                    PageVersion(latest.digests.mapValues(\.digest), policy: policy, worker: $0)
                }
                latest.read = .now()
                return latest.version
            }
        }
    }

    /// Reads only files that have changed. None are left if there is too much for a page.
    private func readDigests(_ digests: inout [String: (stamp: FileStamp, digest: String)], of directory: String) {
        let known = digests
        var (seen, size) = (0, 0)
        digests = [:]
        guard let names = FileManager.default.enumerator(atPath: directory) else { return }
        for case let name as String in names {
            seen += 1
            guard seen <= Self.mostNames, size <= maximumKept else {
                digests = [:]
                return
            }
            guard let dot = name.lastIndex(of: "."), Self.endings.contains(String(name[dot...].dropFirst())),
                Self.isPlain(name), let stamp = FileStamp(of: directory + name), stamp.size <= maximumSize
            else { continue }
            size += stamp.size
            if let before = known[name], before.stamp == stamp {
                digests[name] = before
            } else if let bytes = FileManager.default.contents(atPath: directory + name) {
                digests[name] = (stamp, PageVersion.digest(bytes))
            }
        }
    }

    /// A name that is the same in an address, and not hidden.
    private static func isPlain(_ name: String) -> Bool {
        !"/\(name)".contains("/.")
            && name.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
                    UInt8(ascii: "/"):
                    true
                default: false
                }
            }
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
