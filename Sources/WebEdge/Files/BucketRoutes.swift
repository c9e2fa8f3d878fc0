import ChatModel
import Files
import HTTPTypes
import Hummingbird

/// `/files/…` of a node whose files are in a bucket: sends browsers there, and tells it what to call each file
/// (`docs/protocol.md`, section 15).
struct BucketRoutes {
    let bucket: FileBucket
    let files: FileServices
    let clientAddress: ClientAddress

    func add(to router: Router<EdgeRequestContext>) {
        router.get("/files/:room/:id/:name") { request, context in try await get(request, context) }
    }

    private func get(_ request: Request, _ context: EdgeRequestContext) async throws -> Response {
        guard let (room, id) = FileRoutes.place(context) else { throw HTTPError(.notFound) }
        // Each asks the bucket.
        guard case .success(let place) = files.downloads.take(clientAddress.find(request, peer: context.peer).counted)
        else {
            files.metrics.downloaded(.crowded)
            return FileRoutes.unavailable("too many downloads at once")
        }
        defer { withExtendedLifetime(place) {} }
        let found: FileBucket.Found
        do {
            guard let known = try await bucket.find(id, of: room) else { throw HTTPError(.notFound) }
            found = known
            files.worked()
        } catch let error as FileError {
            files.failed(error)
            files.metrics.downloaded(.failed)
            return FileRoutes.unavailable("the file cannot be read now, try again")
        }
        guard
            let url = bucket.download(
                id, of: room, type: found.type, disposition: FileRoutes.disposition(of: request, type: found.type))
        else {
            files.metrics.downloaded(.failed)
            return FileRoutes.unavailable("the file cannot be read now, try again")
        }
        files.metrics.downloaded(.redirected)
        // The URL is valid for at least twice as long.
        let caching = "private, max-age=\(FileBucket.downloadSeconds / 2)"
        return Response(status: .found, headers: [.location: url, .cacheControl: caching])
    }
}
