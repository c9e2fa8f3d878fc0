import HTTPTypes
import Hummingbird

/// Security headers for every response: even if a message could inject markup, the browser would not run it.
struct SecurityHeaders: RouterMiddleware {
    typealias Context = EdgeRequestContext

    private static func contentSecurityPolicy(takesFiles: Bool) -> String {
        [
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
            // A picture that is about to be sent is shown from a blob.
            "img-src 'self' data:\(takesFiles ? " blob:" : "")", "manifest-src 'self'", "base-uri 'none'",
            "form-action 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
            "trusted-types worker",
        ].joined(separator: "; ")
    }

    private let servesTLS: Bool
    private let contentSecurityPolicy: String

    init(servesTLS: Bool, takesFiles: Bool) {
        self.servesTLS = servesTLS
        contentSecurityPolicy = Self.contentSecurityPolicy(takesFiles: takesFiles)
    }

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        // A stored file has a stricter one.
        response.headers[.contentSecurityPolicy] = response.headers[.contentSecurityPolicy] ?? contentSecurityPolicy
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.referrerPolicy] = "no-referrer"
        response.headers[.crossOriginOpenerPolicy] = "same-origin"
        // One year: after the first visit over TLS, browsers use only TLS.
        if servesTLS { response.headers[.strictTransportSecurity] = "max-age=31536000" }
        return response
    }
}

extension HTTPField.Name {
    fileprivate static let referrerPolicy = known("Referrer-Policy")
    fileprivate static let crossOriginOpenerPolicy = known("Cross-Origin-Opener-Policy")

    static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is not a field name") }
        return name
    }
}
