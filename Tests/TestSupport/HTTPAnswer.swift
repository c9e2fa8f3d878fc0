import Foundation

/// An HTTP/1.1 response, taken apart.
package struct HTTPAnswer: Sendable {
    package let status: Int
    /// Names in lower case.
    package let headers: [String: String]
    package internal(set) var body: String

    package struct Unreadable: Error { let text: String }

    package init(_ text: String) throws {
        guard let end = text.range(of: "\r\n\r\n"), let status = Int(text.dropFirst(9).prefix(3)) else {
            throw Unreadable(text: text)
        }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n").dropFirst()
        self.status = status
        self.headers = [String: String](
            lines.compactMap { line in
                line.range(of: ": ").map { (line[..<$0.lowerBound].lowercased(), String(line[$0.upperBound...])) }
            }, uniquingKeysWith: { "\($0), \($1)" })
        let rest = String(text[end.upperBound...])
        self.body = headers["transfer-encoding"] == "chunked" ? Self.joined(chunks: rest) : rest
    }

    package subscript(header: String) -> String? { headers[header.lowercased()] }

    private static func joined(chunks: String) -> String {
        var bytes = Array(chunks.utf8)[...]
        var body: [UInt8] = []
        while let line = bytes.firstRange(of: Array("\r\n".utf8)),
            let size = Int(String(decoding: bytes[..<line.lowerBound], as: UTF8.self), radix: 16), size > 0
        {
            body += bytes[line.upperBound...].prefix(size)
            bytes = bytes[line.upperBound...].dropFirst(size + 2)
        }
        return String(decoding: body, as: UTF8.self)
    }
}
