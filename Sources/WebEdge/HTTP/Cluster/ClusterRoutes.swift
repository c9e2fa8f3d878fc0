import HTTPTypes
import Hummingbird
import NIOCore

/// `/cluster`: the nodes as this one sees them, and how its own services fare. A page for people, JSON for programs,
/// and `/cluster/events`, which goes on telling.
struct ClusterRoutes {
    private static let page = "cluster.html"

    let files: StaticFiles
    let sources: EdgeSources
    let streams: ClusterStreams
    let isDraining: @Sendable () -> Bool

    func add(to router: Router<EdgeRequestContext>) {
        router.get("/cluster") { request, context in
            let accepted = AcceptedTypes(request.headers[values: .accept])
            let wantsPage = accepted.prefer("text/html", to: "application/json")
            var response = wantsPage ? try await page(context: context) : .json(ClusterReport(of: sources).json)
            response.headers[.vary] = "Accept"
            return response
        }
        router.get("/cluster/events") { _, context in stream(to: context.channel) }
    }

    private func page(context: EdgeRequestContext) async throws -> Response {
        guard let body = try await files.load(Self.page, context: context) else {
            throw HTTPError(.notFound, message: "STATIC_DIR has no \(Self.page); as JSON this is here")
        }
        return Response(
            status: .ok, headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"], body: body)
    }

    private func stream(to channel: any Channel) -> Response {
        guard !isDraining() else {
            return .text(.serviceUnavailable, "this node is shutting down: ask another")
        }
        guard let seat = streams.seat() else {
            let text = "\(ClusterStreams.maximum) streams are open already: ask for /cluster again and again instead"
            return .text(.serviceUnavailable, text, headers: [.retryAfter: "5"])
        }
        return ClusterStream(sources: sources, isDraining: isDraining, channel: channel, seat: seat).response
    }
}
