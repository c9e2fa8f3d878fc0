/// A picture or another file that belongs to a message: what the log knows of it. Its bytes are in a `FileDirectory`.
package struct SharedFile: Hashable, Sendable {
    /// Of one message.
    package static let mostOfMessage = 4

    package let id: FileID
    package let name: FileName
    package let type: SharedFile.MediaType
    package let bytes: Int
    /// As the sender measured it; `nil`: not a picture, or unknown.
    package let size: PixelSize?

    package init(id: FileID, name: FileName, type: SharedFile.MediaType, bytes: Int, size: PixelSize?) {
        self.id = id
        self.name = name
        self.type = type
        self.bytes = bytes
        self.size = size
    }
}

/// Names a file, and lets everybody who knows it read it: 26 of `a-z2-7`, 130 random bits. Invalid ones cannot be
/// represented, so none reaches a path.
package struct FileID: Hashable, Sendable, CustomStringConvertible {
    package static let length = 26
    package let description: String

    package init?(_ id: some StringProtocol) {
        let isBase32 = id.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                || (UInt8(ascii: "2")...UInt8(ascii: "7")).contains($0)
        }
        guard isBase32, id.utf8.count == Self.length else { return nil }
        description = String(id)
    }
}

/// A file's name as the sender gave it, for people to read: on one line, without path separators. No path is made of it.
package struct FileName: Hashable, Sendable, CustomStringConvertible {
    /// In Unicode scalars.
    package static let maximumLength = 128
    package let description: String

    /// Removes what would disturb the text around it. `nil`: too long, or nothing visible is left.
    package init?(_ name: String) {
        let kept = name.unicodeScalars.filter { scalar in
            switch scalar.properties.generalCategory {
            case .lineSeparator, .paragraphSeparator: false
            default: !scalar.isControl && !scalar.isBidirectionalControl && scalar != "/" && scalar != "\\"
            }
        }
        let isSpace = { (scalar: Unicode.Scalar) in scalar.properties.isWhitespace }
        guard let first = kept.firstIndex(where: \.canBegin), let last = kept.lastIndex(where: { !isSpace($0) })
        else { return nil }
        let trimmed = kept[first...last]
        // `.` and `..` would be lost in an address.
        guard trimmed.prefix(Self.maximumLength + 1).count <= Self.maximumLength,
            trimmed.contains(where: { $0.isVisible && $0 != "." })
        else { return nil }
        description = String(String.UnicodeScalarView(trimmed))
    }
}

extension SharedFile {
    /// A media type without parameters, in lower case: `image/jpeg`.
    package struct MediaType: Hashable, Sendable, CustomStringConvertible {
        private static let maximumLength = 100
        package static let jpeg = MediaType(trusted: "image/jpeg")
        package static let png = MediaType(trusted: "image/png")
        package static let gif = MediaType(trusted: "image/gif")
        package static let webp = MediaType(trusted: "image/webp")
        package static let avif = MediaType(trusted: "image/avif")
        /// Those that browsers show within a page. None of them can hold a script.
        package static let shown = [jpeg, png, gif, webp, avif]

        package let description: String

        package var isShown: Bool { Self.shown.contains(self) }

        /// By RFC 6838, section 4.2.
        package init?(_ type: String) {
            let parts = type.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            guard type.utf8.count <= Self.maximumLength, parts.count == 2,
                parts.allSatisfy({ $0.first.map(Self.isFirst) ?? false && $0.allSatisfy(Self.isName) })
            else { return nil }
            description = type
        }

        private init(trusted type: String) { description = type }

        private static func isFirst(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }

        private static func isName(_ byte: UInt8) -> Bool { isFirst(byte) || "!#$&-^_.+".utf8.contains(byte) }
    }
}

package struct PixelSize: Hashable, Sendable {
    package static let range = 1...65_535
    package let width: Int
    package let height: Int

    package init?(width: Int, height: Int) {
        guard Self.range.contains(width), Self.range.contains(height) else { return nil }
        self.width = width
        self.height = height
    }
}
