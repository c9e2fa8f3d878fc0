import NIOHTTP1

/// Why a connection gets an HTTP error and is closed, regardless of the path it requested.
struct RequestRefusal: Hashable, Sendable {
    let status: HTTPResponseStatus
    let text: String
    let counted: EdgeMetrics.HTTPRefusal

    static let headTooBig = RequestRefusal(
        status: .requestHeaderFieldsTooLarge, text: "path and headers must not exceed 16 KiB", counted: .headTooBig)
    static let headTooSlow = RequestRefusal(
        status: .requestTimeout, text: "the request head took too long to arrive", counted: .headTooSlow)
    static let bodyTooSlow = RequestRefusal(
        status: .requestTimeout, text: "the file took too long to arrive", counted: .bodyTooSlow)
    static let malformed = RequestRefusal(
        status: .badRequest, text: "the request is not valid HTTP/1.1", counted: .malformed)
    static let badHost = RequestRefusal(status: .badRequest, text: "send exactly one Host header", counted: .malformed)
}
