import Hummingbird
import Logging
import NIOPosix

/// The page: `index.html` of a directory as `/`, and every file of it below `/static/`.
///
/// Names the files for Hummingbird's `FileMiddleware`, which knows ETags, ranges and HEAD, and refuses `..`. Nothing
/// else of the disk has a name here.
struct StaticFiles: FileProvider {
    private let directory: String
    private let files: LocalFileSystem

    init(directory: String, logger: Logger) {
        self.directory = directory
        self.files = LocalFileSystem(rootFolder: directory, threadPool: .singleton, logger: logger)
    }

    /// Browsers keep the files but ask each time whether they are still the same: a new version is there at once.
    static func middleware(
        directory: String, logger: Logger
    ) -> FileMiddleware<EdgeRequestContext, StaticFiles> {
        let utf8 = ("charset", "utf-8")
        return FileMiddleware(
            fileProvider: StaticFiles(directory: directory, logger: logger),
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
        if path == "/" { return directory }
        if path == "/index.html" { return files.getFileIdentifier(path) }
        let prefix = "/static/"
        guard path.hasPrefix(prefix), !path.contains("/."), !path.utf8.contains(0) else { return nil }
        return files.getFileIdentifier(String(path.dropFirst(prefix.count)))
    }

    func getAttributes(id: String) async throws -> LocalFileSystem.FileAttributes? {
        guard let attributes = try await files.getAttributes(id: id) else { return nil }
        return attributes.isFolder && id != directory ? nil : attributes
    }

    func loadFile(id: String, context: some RequestContext) async throws -> ResponseBody {
        try await files.loadFile(id: id, context: context)
    }

    func loadFile(id: String, range: ClosedRange<Int>, context: some RequestContext) async throws -> ResponseBody {
        try await files.loadFile(id: id, range: range, context: context)
    }
}
