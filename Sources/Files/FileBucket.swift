package import ChatModel
package import Logging
import Operations
package import S3
import ServiceLifecycle
import Supervision

/// The bytes of files, in a bucket: `<room>/<id>`. They go from browser to bucket and back, by URLs that a node signs;
/// nodes look at the first bytes, list and delete. `run()` owns the connections to the store.
package final class FileBucket: FileStore, Service {
    /// Has the id of the log.
    private static let logName = ".webchat-log"
    /// In seconds: the page sends a file as soon as it is allowed to.
    package static let uploadSeconds = 900
    /// In seconds: a file has the same URL for so long, so that browsers keep it. Valid for as long again.
    package static let downloadSeconds = 3_600

    private let client: S3Client
    private let origins: Set<String>
    private let logger: Logger

    /// - `origins`: of pages that send files here, as far as they are known.
    package init(_ client: S3Client, origins: Set<String>, logger: Logger) {
        self.client = client
        self.origins = origins
        self.logger = logger
    }

    /// As browsers write it.
    package var origin: String { client.origin }

    package func run() async throws {
        client.open()
        await cancelWhenGracefulShutdown { [self] in
            for origin in origins.sorted() { await checkRules(for: origin) }
        }
        try? await gracefulShutdown()
        await client.shutdown()
    }

    /// Nodes do not see why uploads of browsers fail.
    private func checkRules(for origin: String) async {
        // If the store cannot be reached, the sweep says so.
        guard let missing = try? await client.missingRule(for: origin) else { return }
        logger.warning(
            "browsers cannot send files to the bucket: change its CORS rules (docs/operations.md, Files)",
            metadata: [LogKey.reason: "\(missing)"])
    }

    // MARK: Browsers

    /// What sends the bytes of a file, of exactly this length, once: what is there is never replaced.
    ///
    /// All are stored without their type, as nobody has looked at them: `find` does.
    package func upload(
        _ file: FileID, of room: RoomName, bytes: Int
    ) -> (url: String, headers: [(name: String, value: String)])? {
        client.upload(
            Self.key(of: file, in: room), bytes: bytes, type: "application/octet-stream",
            validSeconds: Self.uploadSeconds)
    }

    /// Where the bytes are for a while.
    package func download(
        _ file: FileID, of room: RoomName, type: SharedFile.MediaType?, disposition: String
    ) -> String? {
        client.download(
            Self.key(of: file, in: room), type: type?.description ?? "application/octet-stream",
            disposition: disposition, caching: "private, max-age=31536000, immutable", period: Self.downloadSeconds)
    }

    // MARK: This node

    package struct Found: Sendable {
        /// By its content; `nil`: browsers do not show it within a page.
        package let type: SharedFile.MediaType?
    }

    /// - Returns: `nil`: there is no such file.
    package func find(_ file: FileID, of room: RoomName) async throws -> Found? {
        try await translating { () async throws(S3Error) in
            try await client.read(Self.key(of: file, in: room), first: PictureSignature.length)
        }.map { Found(type: PictureSignature.type(of: $0.head)) }
    }

    /// One list of all objects, which is sorted by room: a list for each room would cost as many requests.
    package func visitRooms(
        _ body: (_ room: RoomName, _ files: () async throws -> [StoredFile]) async throws -> Void
    ) async throws {
        var next: String?
        repeat {
            let page = try await list(after: next)
            next = page.next
            var rest = page.objects.compactMap(Self.stored)[...]
            while let room = rest.first?.room {
                let files = rest.prefix { $0.room == room }
                rest = rest.dropFirst(files.count)
                try await body(room) { files.map(\.file) }
            }
        } while next != nil
    }

    package func files(of room: RoomName) async throws -> [StoredFile] {
        var files: [StoredFile] = []
        var next: String?
        repeat {
            let page = try await list(under: "\(room)/", after: next)
            next = page.next
            files += page.objects.compactMap { Self.stored($0)?.file }
        } while next != nil
        return files
    }

    package func isEmpty() async throws -> Bool {
        let page = try await list()
        return page.next == nil && page.objects.allSatisfy { Self.stored($0) == nil }
    }

    package func delete(_ file: FileID, of room: RoomName) async throws {
        try await translating { () async throws(S3Error) in try await client.delete(Self.key(of: file, in: room)) }
    }

    /// An object appears whole or not at all.
    package func tidy(_ room: RoomName, before time: Int64) async throws {}

    package func logID() async throws -> String? {
        let found = try await translating { () async throws(S3Error) in try await client.read(Self.logName, first: 256)
        }
        return found.flatMap { String(decoding: $0.head, as: UTF8.self).split(whereSeparator: \.isWhitespace).first }
            .map(String.init)
    }

    package func setLogID(_ id: String) async throws {
        try await translating { () async throws(S3Error) in
            do throws(S3Error) {
                try await client.create(Self.logName, Array("\(id)\n".utf8))
            } catch  where error.code == .exists {
                // Another node was faster.
            }
        }
    }

    private static func key(of file: FileID, in room: RoomName) -> String { "\(room)/\(file)" }

    private static func stored(_ object: S3Listing.Object) -> (room: RoomName, file: StoredFile)? {
        let parts = object.key.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let room = RoomName(String(parts[0])), let id = FileID(parts[1]) else { return nil }
        return (room, StoredFile(id: id, bytes: object.bytes, storedAt: object.storedAt))
    }

    private func list(under key: String = "", after next: String? = nil) async throws -> S3Listing {
        try await translating { () async throws(S3Error) in try await client.list(under: key, after: next) }
    }

    private func translating<Value>(_ body: () async throws(S3Error) -> Value) async throws -> Value {
        do throws(S3Error) {
            return try await body()
        } catch {
            throw FileError(.failed, error.description)
        }
    }
}
