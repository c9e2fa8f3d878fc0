import HTTPTypes
import Hummingbird

/// Turns errors into one line of text and rejects request bodies, which no route accepts but that of uploads. `HEAD` gets no body.
struct PlainErrors: RouterMiddleware {
    typealias Context = EdgeRequestContext

    let takesFiles: Bool

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let response = try await answer(request, context: context, next: next)
        // On a keep-alive connection, a body would be read as the start of the next response.
        return request.method == .head ? response.createHeadResponse() : response
    }

    @concurrent private func answer(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let length = request.headers[.contentLength]
        let isUpload = takesFiles && request.method == .put && request.uri.path.hasPrefix(FileRoutes.path)
        guard isUpload || request.headers[.transferEncoding] == nil && (length == nil || length == "0") else {
            return .text(.contentTooLarge, "requests must not have a body")
        }
        do {
            return try await next(request, context)
        } catch let error as any HTTPResponseError {
            let text = (error as? HTTPError)?.body
            switch error.status {
            case .notFound: return .text(.notFound, text ?? "not found")
            case let status: return .text(status, text ?? status.reasonPhrase)
            }
        }
    }
}
