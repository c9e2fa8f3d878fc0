import Foundation
import HTTPTypes
import Hummingbird

/// The page: `index.html` of a directory as `/`, if wanted, and every file of it below `/static/`. Nothing else of the
/// disk has a name here.
struct StaticFiles {
    /// With its slash at the end.
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

    /// By its path from the directory.
    func file(_ name: String) async throws -> PageFile? {
        try await files.file(at: directory + name)
    }

    /// The file that a path names. With empty steps or coded slashes, it would have any number of names.
    private func name(_ path: String) throws -> String? {
        if path == "/" || path == "/index.html" { return "index.html" }
        let prefix = "/static/"
        guard path.hasPrefix(prefix), !path.lowercased().contains("%2f") else { return nil }
        guard let plain = path.removingPercentEncoding else {
            throw HTTPError(.badRequest, message: "this path is not coded well")
        }
        guard !plain.contains("/."), !plain.contains("//"), !plain.hasSuffix("/"), !plain.utf8.contains(0) else {
            return nil
        }
        return String(plain.dropFirst(prefix.count))
    }
}
