/// Reads small XML documents as S3 sends them: elements, text and the predefined entities (XML 1.0). No document type, so
/// nothing expands and nothing is fetched; attributes, comments and instructions are skipped. The caller bounds the bytes.
struct XMLReader {
    struct Fault: Error, Hashable {
        let reason: String
    }

    private static let deepest = 16

    private var rest: ArraySlice<UInt8>

    /// Calls `element` at the end of each element.
    /// - Parameters:
    ///   - path: the names from the root to the element, without a namespace's prefix.
    ///   - text: its own, without that of elements within it.
    static func read(_ bytes: [UInt8], _ element: (_ path: [String], _ text: String) throws -> Void) throws {
        var reader = XMLReader(rest: bytes[...])
        try reader.read(element)
    }

    private mutating func read(_ element: (_ path: [String], _ text: String) throws -> Void) throws {
        if starts(with: "\u{FEFF}") { rest = rest.dropFirst(3) }
        var (path, texts): ([String], [[UInt8]]) = ([], [])
        var isOver = false
        while let next = rest.first {
            guard next == UInt8(ascii: "<") else {
                let text = take { $0 != UInt8(ascii: "<") }
                if !texts.isEmpty {
                    try Self.unescape(text, into: &texts[texts.count - 1])
                } else if !text.allSatisfy(Self.isSpace) {
                    throw Fault(reason: "text outside of the root")
                }
                continue
            }
            if starts(with: "<!--") {
                try skip(to: "-->")
            } else if starts(with: "<?") {
                try skip(to: "?>")
            } else if starts(with: "<![CDATA[") {
                guard !texts.isEmpty else { throw Fault(reason: "text outside of the root") }
                rest = rest.dropFirst(9)
                texts[texts.count - 1] += try upTo("]]>")
            } else if starts(with: "</") {
                rest = rest.dropFirst(2)
                let name = try name()
                skipSpace()
                guard take(">"), path.last == name, let text = texts.popLast() else {
                    throw Fault(reason: "an end without its beginning")
                }
                try element(path, String(decoding: text, as: UTF8.self))
                path.removeLast()
                isOver = path.isEmpty
            } else {
                rest = rest.dropFirst()
                guard !isOver, path.count < Self.deepest else { throw Fault(reason: "several roots, or too deep") }
                path.append(try name())
                if try isEmptyTag() {
                    try element(path, "")
                    path.removeLast()
                    isOver = path.isEmpty
                } else {
                    texts.append([])
                }
            }
        }
        guard isOver else { throw Fault(reason: "it ended early") }
    }

    private mutating func name() throws -> String {
        let name = take { !Self.isSpace($0) && !"/<>=\"'&!?".utf8.contains($0) }
        guard let last = name.split(separator: UInt8(ascii: ":")).last else {
            throw Fault(reason: "a tag without a name")
        }
        return String(decoding: last, as: UTF8.self)
    }

    /// Reads the rest of a tag after its name.
    private mutating func isEmptyTag() throws -> Bool {
        while true {
            skipSpace()
            if take(">") { return false }
            if take("/") {
                guard take(">") else { throw Fault(reason: "a / within a tag") }
                return true
            }
            _ = try name()
            skipSpace()
            guard take("=") else { throw Fault(reason: "an attribute without a value") }
            skipSpace()
            guard let quote = rest.popFirst(), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
                throw Fault(reason: "a value without quotes")
            }
            _ = take { $0 != quote }
            guard rest.popFirst() != nil else { throw Fault(reason: "it ended early") }
        }
    }

    private static func unescape(_ text: ArraySlice<UInt8>, into out: inout [UInt8]) throws {
        var rest = text
        while let place = rest.firstIndex(of: UInt8(ascii: "&")) {
            out += rest[..<place]
            rest = rest[(place + 1)...]
            guard let end = rest.prefix(12).firstIndex(of: UInt8(ascii: ";")),
                let scalar = scalar(String(decoding: rest[..<end], as: UTF8.self))
            else { throw Fault(reason: "an unknown entity") }
            out += String(scalar).utf8
            rest = rest[(end + 1)...]
        }
        out += rest
    }

    private static func scalar(_ entity: String) -> Unicode.Scalar? {
        switch entity {
        case "amp": "&"
        case "lt": "<"
        case "gt": ">"
        case "quot": "\""
        case "apos": "'"
        case _ where entity.hasPrefix("#x"): UInt32(entity.dropFirst(2), radix: 16).flatMap { Unicode.Scalar($0) }
        case _ where entity.hasPrefix("#"): UInt32(entity.dropFirst()).flatMap { Unicode.Scalar($0) }
        default: nil
        }
    }

    // MARK: Bytes

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    private func starts(with text: String) -> Bool { rest.starts(with: text.utf8) }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    private mutating func take(while isWanted: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let taken = rest.prefix(while: isWanted)
        rest = rest[taken.endIndex...]
        return taken
    }

    private mutating func skipSpace() { _ = take(while: Self.isSpace) }

    private mutating func skip(to end: String) throws { _ = try upTo(end) }

    private mutating func upTo(_ end: String) throws -> ArraySlice<UInt8> {
        let start = rest
        let end = Array(end.utf8)
        while let next = rest.firstIndex(of: end[0]) {
            rest = rest[next...]
            if rest.starts(with: end) {
                defer { rest = rest.dropFirst(end.count) }
                return start[..<next]
            }
            rest = rest.dropFirst()
        }
        throw Fault(reason: "it ended early")
    }
}
