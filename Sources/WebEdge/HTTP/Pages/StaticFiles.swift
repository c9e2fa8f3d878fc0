import Foundation
import HTTPTypes
import Hummingbird

/// The page: a directory's `index.html` as `/` and its service worker as `/worker.js`, if wanted, and all its files
/// under `/static/`. Nothing else on disk can be reached.
struct StaticFiles {
    /// With a trailing slash.
    private let directory: String
    private let servesIndex: Bool
    private let worksOffline: Bool
    private let policy: String
    private let files = PageFiles()

    /// - `policy`: the content security policy that the page is sent with.
    init(directory: String, servesIndex: Bool, worksOffline: Bool, policy: String) {
        self.directory = directory.hasSuffix("/") ? directory : directory + "/"
        self.servesIndex = servesIndex
        self.worksOffline = worksOffline
        self.policy = policy
    }

    func add(to router: Router<EdgeRequestContext>) {
        router.get("/static/**") { request, _ in
            guard let name = try name(request.uri.path), let file = try await file(name) else {
                throw HTTPError(.notFound)
            }
            return file.answer(to: request)
        }
        if servesIndex { addIndex(to: router) }
    }

    private func addIndex(to router: Router<EdgeRequestContext>) {
        for path: RouterPath in ["/", "/index.html"] {
            router.get(path) { request, _ in
                guard var file = try await file("index.html") else { throw HTTPError(.notFound) }
                // The service worker learns from the tag whether any file of the page has changed.
                if let version = try await version() { file.version = version.name }
                return file.answer(to: request)
            }
        }
        // Beside the page: a service worker is responsible for what is below its own path.
        router.get("/worker.js") { request, _ in
            try await (version()?.worker ?? PageVersion.removal).answer(to: request)
        }
    }

    private func version() async throws -> PageVersion? {
        worksOffline ? try await files.version(of: directory, policy: policy) : nil
    }

    /// By its path relative to the directory.
    func file(_ name: String) async throws -> PageFile? {
        try await files.file(at: directory + name)
    }

    /// The file a path names. Empty components and encoded slashes are rejected: a file would have many names.
    private func name(_ path: String) throws -> String? {
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
