import HTTPTypes
import Hummingbird

/// Refuses what a page in an operator's browser sends: browsers put `Origin` into every request that changes something,
/// and into those of other sites' scripts. Programs send none.
struct NoBrowsers: RouterMiddleware {
    typealias Context = EdgeRequestContext

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard !request.headers.contains(.origin) else {
            throw HTTPError(.forbidden, message: "not for browsers: use `webchat room`")
        }
        return try await next(request, context)
    }
}
