import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// One line for people.
    static func text(_ status: HTTPResponse.Status, _ text: String, headers: HTTPFields = [:]) -> Response {
        body(status, ByteBuffer(string: text + "\n"), type: "text/plain; charset=utf-8", headers: headers)
    }

    static func json(_ json: ByteBuffer) -> Response {
        body(.ok, json, type: "application/json")
    }

    /// Of the moment: never to be kept by a cache.
    static func body(
        _ status: HTTPResponse.Status, _ body: ByteBuffer, type: String, headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = type
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}
