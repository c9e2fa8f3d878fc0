import Foundation
import HTTPTypes
import Hummingbird

/// The page: a directory's `index.html` as `/`, if wanted, and all its files under `/static/`. Nothing else on disk can
/// be reached.
struct StaticFiles {
    /// With a trailing slash.
    private let directory: String
    private let servesIndex: Bool
    private let files = PageFiles()

    init(directory: String, servesIndex: Bool) {
        self.directory = directory.hasSuffix("/") ? directory : directory + "/"
        self.servesIndex = servesIndex
    }

    func add(to router: Router<EdgeRequestContext>) {
        let paths = (servesIndex ? ["/", "/index.html"] : []) + ["/static/**"]
        for path in paths {
            router.get(RouterPath(path)) { request, _ in
                guard let name = try name(request.uri.path), let file = try await file(name) else {
                    throw HTTPError(.notFound)
                }
                return file.answer(to: request)
            }
        }
    }

    /// By its path relative to the directory.
    func file(_ name: String) async throws -> PageFile? {
        try await files.file(at: directory + name)
    }

    /// The file a path names. Empty components and encoded slashes are rejected: a file would have many names.
    private func name(_ path: String) throws -> String? {
        if path == "/" || path == "/index.html" { return "index.html" }
        let prefix = "/static/"
        guard path.hasPrefix(prefix), !path.lowercased().contains("%2f") else { return nil }
        guard let plain = path.removingPercentEncoding else {
            throw HTTPError(.badRequest, message: "invalid percent-encoding in the path")
        }
        guard !plain.contains("/."), !plain.contains("//"), !plain.hasSuffix("/"), !plain.utf8.contains(0) else {
            return nil
        }
        return String(plain.dropFirst(prefix.count))
    }
}
