import ChatModel
import Foundation
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// The pages of a directory as `FoldedPage` makes them, kept until one of their files is another one on the disk. A page
/// that cannot be folded is served as it is, file by file: slower, and otherwise the same.
final class FoldedPages: Sendable {
    struct File {
        let modified: Date
        let content: ByteBuffer
    }

    private struct Page {
        var checked: NIODeadline
        /// All that it was made of, by path from the directory; nil for what was not there.
        let stamps: [String: FileStamp?]
        /// What is served instead of what the disk has, by path. None: it could not be folded.
        let files: [String: File]
    }

    /// With its slash at the end.
    private let root: String
    private let patience: TimeAmount
    private let logger: Logger
    /// By name, for as many as the directory has. Entered for long on threads that may wait: a page is folded once,
    /// however many ask for it at the same time.
    private let pages = Mutex<[String: Page]>([:])
    /// By path on the disk: what was made last.
    private let files = Mutex<[String: ByteBuffer]>([:])

    /// - Parameter patience: how long files are taken for unchanged: to look at sixty takes longer than to serve one.
    init(directory: String, patience: TimeAmount = .milliseconds(250), logger: Logger) {
        self.root = directory.hasSuffix("/") ? directory : directory + "/"
        self.patience = patience
        self.logger = logger
    }

    /// Nil: what is at this path on the disk, if anything is, is to be served.
    func file(at id: String) async throws -> File? {
        guard let page = page(of: id) else { return nil }
        return try await NIOThreadPool.singleton.runIfActive {
            self.pages.withLock { self.file(at: id, of: page, in: &$0) }
        }
    }

    func content(of id: String) -> ByteBuffer? { files.withLock { $0[id] } }

    /// `index` for `index.html` and all of `@index/`.
    private func page(of id: String) -> Substring? {
        guard id.hasPrefix(root) else { return nil }
        let path = id.dropFirst(root.count)
        if path.hasSuffix(".html"), !path.contains("/") { return path.dropLast(5) }
        guard path.first == "@", let end = path.firstIndex(of: "/") else { return nil }
        return path[..<end].dropFirst()
    }

    private func file(at id: String, of name: Substring, in pages: inout [String: Page]) -> File? {
        let name = String(name)
        let path = String(id.dropFirst(root.count))
        if var known = pages[name] {
            let now = NIODeadline.now()
            if now < known.checked + patience { return known.files[path] }
            if known.stamps.allSatisfy({ FileStamp(of: root + $0.key) == $0.value }) {
                known.checked = now
                pages[name] = known
                return known.files[path]
            }
        }
        let page = fold(name)
        // Names that are no page's are not remembered: anybody may ask for any number of them.
        let isThere = page.stamps.values.contains { $0 != nil }
        let before = isThere ? pages.updateValue(page, forKey: name) : pages.removeValue(forKey: name)
        files.withLock { files in
            for path in (before?.files ?? [:]).keys { files[root + path] = nil }
            for (path, file) in page.files { files[root + path] = file.content }
        }
        return page.files[path]
    }

    private func fold(_ name: String) -> Page {
        let checked = NIODeadline.now()
        let sources = PageSources(root: root)
        var files: [String: File] = [:]
        do throws(FoldedPage.Refusal) {
            let html = try sources.text(of: "\(name).html")
            let page = try FoldedPage(html: html, folder: "@\(name)/", read: sources.text(of:))
            for (path, text) in page?.scripts ?? [:] { files[path] = file(text, sources) }
            if let page { files["\(name).html"] = file(page.html, sources) }
        } catch {
            // Once for each change of its files, and not when there is no page.
            if sources.stamps.count > 1 {
                logger.info("a page's scripts are served file by file", metadata: [LogKey.reason: "\(error.reason)"])
            }
        }
        return Page(checked: checked, stamps: sources.stamps, files: files)
    }

    /// As new as the newest of its sources. ETags are made of times and lengths: the fraction of a second, which nothing
    /// else needs, is made of the text, so that no change is missed when an old file takes the place of another.
    private func file(_ text: String, _ sources: PageSources) -> File {
        let latest = sources.stamps.values.compactMap { $0?.seconds }.max() ?? 0
        // The same on every node.
        let fraction = Double(FNV1a.hash(text) >> 44) / Double(1 << 20)
        let modified = Date(timeIntervalSince1970: Double(latest) + fraction)
        return File(modified: modified, content: ByteBuffer(string: text))
    }
}
