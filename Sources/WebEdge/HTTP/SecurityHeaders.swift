import Files
import HTTPTypes
import Hummingbird

/// Security headers for every response: even if a message could inject markup, the browser would not run it.
struct SecurityHeaders: RouterMiddleware {
    typealias Context = EdgeRequestContext

    /// - `files`: `nil`: none are taken.
    static func contentSecurityPolicy(_ files: FilePlace?) -> String {
        var bucket = ""
        if case .bucket(let place) = files { bucket = " \(place.origin)" }
        // A picture that is about to be sent is shown from a blob.
        let pictures = files == nil ? "" : " blob:\(bucket)"
        return [
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'\(bucket)",
            "img-src 'self' data:\(pictures)", "manifest-src 'self'", "base-uri 'none'",
            "form-action 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
            "trusted-types worker",
        ].joined(separator: "; ")
    }

    private let servesTLS: Bool
    private let contentSecurityPolicy: String

    /// - `files`: `nil`: none are taken.
    init(servesTLS: Bool, files: FilePlace?) {
        self.servesTLS = servesTLS
        contentSecurityPolicy = Self.contentSecurityPolicy(files)
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
