import HTTPTypes
import Hummingbird
import NIOCore

/// `/cluster`: the cluster as this node sees it, and the state of its services. HTML for people, JSON for programs, and
/// `/cluster/events` as a live stream.
struct ClusterRoutes {
    private static let page = "cluster.html"

    let files: StaticFiles
    let sources: EdgeSources
    let streams: ClusterStreams
    let isDraining: @Sendable () -> Bool

    func add(to router: RouterGroup<EdgeRequestContext>) {
        router.get("/cluster") { request, _ in
            // The page uses relative URLs, and a proxy may have stripped a path prefix.
            guard !request.uri.path.hasSuffix("/") else {
                return Response(status: .permanentRedirect, headers: [.location: "../cluster"])
            }
            let accepted = AcceptedTypes(request.headers[values: .accept])
            let wantsPage = accepted.prefer("text/html", to: "application/json")
            var response =
                wantsPage ? try await page(request) : .json(ClusterReport(of: sources).json, for: request)
            response.headers[.vary] = "Accept, Accept-Encoding"
            return response
        }
        router.get("/cluster/events") { _, context in stream(to: context.channel, for: context.userFor) }
    }

    private func page(_ request: Request) async throws -> Response {
        guard let file = try await files.file(Self.page) else {
            throw HTTPError(.notFound, message: "STATIC_DIR has no \(Self.page); request application/json instead")
        }
        var response = file.answer(to: request)
        response.headers[.cacheControl] = "no-store"
        return response
    }

    /// - `time`: after which the reader must ask again, with a new token.
    private func stream(to channel: any Channel, for time: Duration?) -> Response {
        guard !isDraining() else {
            return .text(.serviceUnavailable, "this node is shutting down: use another one")
        }
        guard let seat = streams.seat() else {
            let text = "\(ClusterStreams.maximum) streams are already open: poll /cluster instead"
            return .text(.serviceUnavailable, text, headers: [.retryAfter: "5"])
        }
        return ClusterStream(sources: sources, isDraining: isDraining, channel: channel, seat: seat, time: time)
            .response
    }
}
