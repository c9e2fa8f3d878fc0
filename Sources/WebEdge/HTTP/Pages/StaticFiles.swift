import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOPosix

/// The page: `index.html` of a directory as `/`, if wanted, and every file of it below `/static/`.
///
/// Names the files for Hummingbird's `FileMiddleware`, which knows ETags, ranges and HEAD, and refuses `..`. Nothing
/// else of the disk has a name here. Scripts and style sheets are sent lean (`LeanSource`), and a page's scripts in one
/// file (`FoldedPages`).
struct StaticFiles: FileProvider {
    private let directory: String
    private let servesIndex: Bool
    private let files: LocalFileSystem
    private let leanFiles = LeanFiles()
    private let foldedPages: FoldedPages

    struct Attributes: FileMiddlewareFileAttributes {
        let isFolder: Bool
        let size: Int
        let modificationDate: Date
    }

    init(directory: String, servesIndex: Bool, logger: Logger) {
        self.directory = directory
        self.servesIndex = servesIndex
        self.files = LocalFileSystem(rootFolder: directory, threadPool: .singleton, logger: logger)
        self.foldedPages = FoldedPages(directory: directory, logger: logger)
    }

    /// Browsers keep the files but ask each time whether they are still the same: a new version is there at once.
    var middleware: FileMiddleware<EdgeRequestContext, StaticFiles> {
        let utf8 = ("charset", "utf-8")
        return FileMiddleware(
            fileProvider: self,
            cacheControl: CacheControl([(MediaType(type: .any), [.noCache])]),
            searchForIndexHtml: true
        )
        .withAdditionalMediaTypes(forFileExtensions: [
            "html": MediaType(type: .text, subType: "html", parameter: utf8),
            "js": MediaType(type: .text, subType: "javascript", parameter: utf8),
            "css": MediaType(type: .text, subType: "css", parameter: utf8),
            "webmanifest": MediaType(type: .application, subType: "manifest+json"),
        ])
    }

    func getFileIdentifier(_ path: String) -> String? {
        if path == "/" { return servesIndex ? directory : nil }
        if path == "/index.html", servesIndex { return files.getFileIdentifier(path) }
        let prefix = "/static/"
        // With empty steps ("//"), one file would have any number of names.
        guard path.hasPrefix(prefix), !path.contains("/."), !path.contains("//"), !path.utf8.contains(0) else {
            return nil
        }
        return files.getFileIdentifier(String(path.dropFirst(prefix.count)))
    }

    /// A file that has a path of its own; `nil` where the directory has none of this name.
    func load(_ name: String, context: some RequestContext) async throws -> ResponseBody? {
        guard let id = files.getFileIdentifier(name), try await getAttributes(id: id) != nil else { return nil }
        return try await loadFile(id: id, context: context)
    }

    func getAttributes(id: String) async throws -> Attributes? {
        if let folded = try await foldedPages.file(at: id) {
            return Attributes(isFolder: false, size: folded.content.readableBytes, modificationDate: folded.modified)
        }
        guard let found = try await files.getAttributes(id: id), !found.isFolder || id == directory else { return nil }
        let modified = found.modificationDate
        var size = found.size
        if let language = LeanSource.Language(of: id) {
            let content = try await leanFiles.content(of: id, language, modified: modified, size: size)
            guard let content else { return nil }
            size = content.readableBytes
        }
        return Attributes(isFolder: found.isFolder, size: size, modificationDate: modified)
    }

    func loadFile(id: String, context: some RequestContext) async throws -> ResponseBody {
        if let content = made(id) { return ResponseBody(byteBuffer: content) }
        return try await files.loadFile(id: id, context: context)
    }

    func loadFile(id: String, range: ClosedRange<Int>, context: some RequestContext) async throws -> ResponseBody {
        guard let size = try await getAttributes(id: id)?.size, range.lowerBound < size else {
            throw HTTPError(.rangeNotSatisfiable, message: "the file ends before that")
        }
        guard let content = made(id) else {
            return try await files.loadFile(id: id, range: range, context: context)
        }
        // "bytes=5-" comes as a range to the greatest integer: no counting in it.
        let end = range.upperBound < content.readableBytes ? range.upperBound + 1 : content.readableBytes
        let part = content.getSlice(at: range.lowerBound, length: max(0, end - range.lowerBound))
        return ResponseBody(byteBuffer: part ?? ByteBuffer())
    }

    /// What is sent instead of what the disk has, as `getAttributes` has just found it.
    private func made(_ id: String) -> ByteBuffer? { foldedPages.content(of: id) ?? leanFiles.content(of: id) }
}
