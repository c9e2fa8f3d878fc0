import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// One line of plain text.
    static func text(_ status: HTTPResponse.Status, _ text: String, headers: HTTPFields = [:]) -> Response {
        body(status, ByteBuffer(string: text + "\n"), type: "text/plain; charset=utf-8", headers: headers)
    }

    static func json(_ json: JSONText) -> Response {
        body(.ok, json.bytes, type: "application/json")
    }

    /// Compressed if the client accepts it.
    static func json(_ json: JSONText, for request: Request) -> Response {
        compressed(json.bytes, type: "application/json", for: request)
    }

    static func compressed(_ content: ByteBuffer, type: String, for request: Request) -> Response {
        var headers: HTTPFields = [.vary: "Accept-Encoding"]
        guard content.readableBytes >= Gzip.least, request.takesGzip else {
            return body(.ok, content, type: type, headers: headers)
        }
        headers[.contentEncoding] = "gzip"
        return body(.ok, Gzip.compressed(content, level: 1), type: type, headers: headers)
    }

    /// A snapshot: must not be cached.
    static func body(
        _ status: HTTPResponse.Status, _ body: ByteBuffer, type: String, headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = type
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}

extension Request {
    var takesGzip: Bool { WeightedValues(headers[values: .acceptEncoding]).takesGzip }
}
