import ChatModel
import Hummingbird
import NIOCore

/// A file of the page as it is sent: its bytes, also compressed if that is shorter, and its version.
struct PageFile: Sendable {
    let type: String
    let content: ByteBuffer
    let compressed: ByteBuffer?
    /// A hash of the bytes, so that it is the same on every node.
    var version: String

    init(_ content: ByteBuffer, name: String) {
        self.type = Self.type(of: name)
        self.content = content
        self.version = String(FNV1a.hash(content.readableBytesView), radix: 16)
        if content.readableBytes >= Gzip.least, Self.isText(type) {
            let compressed = Gzip.compressed(content, level: 9)
            self.compressed = compressed.readableBytes < content.readableBytes ? compressed : nil
        } else {
            self.compressed = nil
        }
    }

    var size: Int { content.readableBytes + (compressed?.readableBytes ?? 0) }

    /// Different per encoding, because the bytes differ.
    func tag(isCompressed: Bool) -> String { isCompressed ? "\"\(version)-gzip\"" : "\"\(version)\"" }

    private static func type(of name: String) -> String {
        let ending = String(name[(name.lastIndex(of: ".") ?? name.startIndex)...].dropFirst())
        switch ending {
        case "html", "css": return "text/\(ending); charset=utf-8"
        case "js": return "text/javascript; charset=utf-8"
        case "webmanifest": return "application/manifest+json"
        default:
            return MediaType.getMediaType(forExtension: .init(ending))?.description ?? "application/octet-stream"
        }
    }

    private static func isText(_ type: String) -> Bool {
        type.hasPrefix("text/") || type.hasSuffix("json") || type.hasSuffix("+xml")
    }
}
