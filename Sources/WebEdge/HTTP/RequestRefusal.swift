import NIOHTTP1

/// Why a connection gets an HTTP error and its end, whatever it asked for: how it speaks cannot be served.
struct RequestRefusal: Hashable, Sendable {
    let status: HTTPResponseStatus
    let text: String
    let counted: EdgeMetrics.HTTPRefusal

    static let headTooBig = RequestRefusal(
        status: .requestHeaderFieldsTooLarge, text: "path and headers may have 8 KiB together", counted: .headTooBig)
    static let headTooSlow = RequestRefusal(
        status: .requestTimeout, text: "the head of a request must come at once", counted: .headTooSlow)
    static let malformed = RequestRefusal(
        status: .badRequest, text: "this is not HTTP/1.1", counted: .malformed)
}
