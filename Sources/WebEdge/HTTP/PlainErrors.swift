import HTTPTypes
import Hummingbird

/// Answers errors with one line of text, and refuses what no route takes: a body.
struct PlainErrors: RouterMiddleware {
    typealias Context = EdgeRequestContext

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let length = request.headers[.contentLength]
        guard request.headers[.transferEncoding] == nil, length == nil || length == "0" else {
            return .text(.contentTooLarge, "no request here takes a body")
        }
        do {
            return try await next(request, context)
        } catch let error as any HTTPResponseError {
            let text = (error as? HTTPError)?.body
            switch error.status {
            case .notFound: return .text(.notFound, text ?? "nothing is served at this path")
            case let status: return .text(status, text ?? status.reasonPhrase)
            }
        }
    }
}
