import HTTPTypes
import Hummingbird
import NIOCore

extension PageFile {
    /// The response to `GET` and `HEAD`, with conditions and ranges (RFC 9110, sections 13 and 14). Browsers cache the
    /// files but revalidate them each time, so a new version shows at once.
    func answer(to request: Request) -> Response {
        // Ranges refer to the uncompressed file, whose length the client can know.
        let range = request.method == .get ? request.headers[.range] : nil
        let form = range == nil && request.takesGzip ? compressed : nil
        let bytes = form ?? content
        let tag = tag(isCompressed: form != nil)
        var headers: HTTPFields = [
            .contentType: type, .cacheControl: "no-cache", .eTag: tag, .acceptRanges: "bytes",
            .contentLength: String(bytes.readableBytes),
        ]
        if compressed != nil { headers[.vary] = "Accept-Encoding" }
        if form != nil { headers[.contentEncoding] = "gzip" }

        if let wanted = Self.tags(.ifMatch, of: request), !wanted.contains("*"), !wanted.contains(tag) {
            return .text(.preconditionFailed, "the file has changed")
        }
        // Weak comparison: a proxy that recompresses a file adds `W/`.
        if let known = Self.tags(.ifNoneMatch, of: request),
            known.contains(where: { $0 == "*" || $0 == tag || $0 == "W/\(tag)" })
        {
            return Response(status: .notModified, headers: headers)
        }
        guard let range, request.headers[.ifRange].map({ $0 == tag }) ?? true,
            let asked = ByteRange(range, of: bytes.readableBytes)
        else { return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: bytes)) }

        guard case .part(let offsets) = asked,
            let part = bytes.getSlice(at: bytes.readerIndex + offsets.lowerBound, length: offsets.count)
        else {
            return .text(
                .rangeNotSatisfiable, "the file has \(bytes.readableBytes) bytes",
                headers: [.contentRange: "bytes */\(bytes.readableBytes)"])
        }
        headers[.contentRange] = "bytes \(offsets.lowerBound)-\(offsets.upperBound - 1)/\(bytes.readableBytes)"
        headers[.contentLength] = String(offsets.count)
        return Response(status: .partialContent, headers: headers, body: ResponseBody(byteBuffer: part))
    }

    /// Our tags contain no comma. `nil`: no such condition.
    private static func tags(_ name: HTTPField.Name, of request: Request) -> [String]? {
        let fields = request.headers[values: name]
        guard !fields.isEmpty else { return nil }
        return fields.joined(separator: ",").split(separator: ",").map { String($0.trimmed(\.isWhitespace)) }
    }
}
