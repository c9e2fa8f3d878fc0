package import NIOCore

/// A JSON pull parser (RFC 8259) over bytes, without Foundation. All client input passes through it.
///
/// Strict: it repairs nothing, rejects duplicate member names, lone surrogates, invalid UTF-8 and nesting deeper than
/// `maximumDepth`, checks skipped values too, and traps on no input.
///
/// Keep it on the stack: it must not outlive the bytes it reads.
package struct ByteReader {
    package static let maximumDepth = 16

    package enum Kind: Hashable, Sendable { case object, array, string, number, boolean, null }

    private let bytes: UnsafeRawBufferPointer
    private var index = 0
    private var depth = 0

    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Reads one value that fills the buffer, using `body`.
    package static func read<Value>(
        _ buffer: ByteBuffer, _ body: (inout ByteReader) throws(JSONError) -> Value
    ) throws(JSONError) -> Value {
        try buffer.withUnsafeReadableBytes { bytes in
            Result { () throws(JSONError) in
                var reader = ByteReader(bytes)
                let value = try body(&reader)
                try reader.readEnd()
                return value
            }
        }.get()
    }

    /// The kind of the next value.
    package mutating func peek() throws(JSONError) -> Kind {
        skipWhitespace()
        guard let byte else { throw error("unexpected end of text") }
        switch byte {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .null
        default: throw error("unexpected byte")
        }
    }

    /// Reads an object; `member` must read each member's value.
    package mutating func readObject(
        _ member: (_ name: String, inout ByteReader) throws(JSONError) -> Void
    ) throws(JSONError) {
        try enter(.object)
        var names = MemberNames()
        if !take(UInt8(ascii: "}")) {
            repeat {
                let name = try readString()
                guard names.insert(name) else { throw error(JSONError.duplicateMember) }
                guard take(UInt8(ascii: ":")) else { throw error("expected ':'") }
                try member(name, &self)
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "}")) else { throw error("expected ',' or '}'") }
        }
        depth -= 1
    }

    /// Reads an array; `element` must read each element.
    package mutating func readArray(_ element: (inout ByteReader) throws(JSONError) -> Void) throws(JSONError) {
        try enter(.array)
        if !take(UInt8(ascii: "]")) {
            repeat { try element(&self) } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "]")) else { throw error("expected ',' or ']'") }
        }
        depth -= 1
    }

    package mutating func readBoolean() throws(JSONError) -> Bool {
        try expect(.boolean)
        let value = byte == UInt8(ascii: "t")
        try readLiteral(value ? "true" : "false")
        return value
    }

    package mutating func readNull() throws(JSONError) {
        try expect(.null)
        try readLiteral("null")
    }

    /// Reads and discards a value of any kind.
    package mutating func skip() throws(JSONError) {
        switch try peek() {
        case .object: try readObject { (_, reader) throws(JSONError) in try reader.skip() }
        case .array: try readArray { (reader) throws(JSONError) in try reader.skip() }
        case .string: _ = try readString()
        case .number: _ = try readNumber()
        case .boolean: _ = try readBoolean()
        case .null: try readNull()
        }
    }

    /// Only white space may follow.
    package mutating func readEnd() throws(JSONError) {
        skipWhitespace()
        guard index == bytes.count else { throw error("unexpected text after the value") }
    }

    /// Reads a string and its token: the raw bytes, quotes and escapes included.
    package mutating func readStringWithToken() throws(JSONError) -> (value: String, token: String) {
        try expect(.string)
        let start = index
        let value = try readString()
        return (value, text(start..<index))
    }

    /// The error for a value that was just read and lacks something.
    package func expected(_ what: String) -> JSONError {
        error("expected \(what)")
    }

    private mutating func enter(_ kind: Kind) throws(JSONError) {
        try expect(kind)
        guard depth < Self.maximumDepth else { throw error("nested deeper than \(Self.maximumDepth)") }
        depth += 1
        index += 1
    }

    private mutating func expect(_ kind: Kind) throws(JSONError) {
        guard try peek() == kind else { throw error("expected \(kind)") }
    }

    private mutating func readLiteral(_ literal: StaticString) throws(JSONError) {
        let end = index + literal.utf8CodeUnitCount
        guard end <= bytes.count,
            zip(bytes[index..<end], UnsafeBufferPointer(start: literal.utf8Start, count: end - index))
                .allSatisfy({ $0 == $1 })
        else { throw error("expected \(literal)") }
        index = end
    }

    private mutating func skipWhitespace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }

    private mutating func take(_ expected: UInt8) -> Bool {
        skipWhitespace()
        guard byte == expected else { return false }
        index += 1
        return true
    }

    private var byte: UInt8? { index < bytes.count ? bytes[index] : nil }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    private func error(_ message: String) -> JSONError {
        JSONError(message: message, offset: index)
    }
}

// MARK: - Numbers

extension ByteReader {
    /// Reads a number (RFC 8259 section 6); `JSONNumber` converts the token.
    package mutating func readNumber() throws(JSONError) -> JSONNumber {
        try expect(.number)
        let start = index
        if byte == UInt8(ascii: "-") { index += 1 }
        if byte == UInt8(ascii: "0") {
            index += 1
        } else {
            try readDigits()
        }
        if byte == UInt8(ascii: ".") {
            index += 1
            try readDigits()
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            index += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { index += 1 }
            try readDigits()
        }
        return JSONNumber(token: text(start..<index))
    }

    private mutating func readDigits() throws(JSONError) {
        let start = index
        while let byte, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        guard index > start else { throw error("expected a digit") }
    }
}

// MARK: - Strings

extension ByteReader {
    package mutating func readString() throws(JSONError) -> String {
        try expect(.string)
        index += 1
        let start = index
        try skipPlainBytes()
        if byte == UInt8(ascii: "\"") {
            let value = try validated(UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
            index += 1
            return value
        }
        return try readEscapedString(from: start)
    }

    /// Reads the rest of a string, beginning at its first escape.
    private mutating func readEscapedString(from start: Int) throws(JSONError) -> String {
        var unescaped = [UInt8](bytes[start..<index])
        while byte == UInt8(ascii: "\\") {
            index += 1
            try readEscape(into: &unescaped)
            let run = index
            try skipPlainBytes()
            unescaped.append(contentsOf: bytes[run..<index])
        }
        index += 1
        let end = index
        return try unescaped.withUnsafeBytes { bytes in
            Result { () throws(JSONError) in try Self.validated(bytes, offset: end) }
        }.get()
    }

    /// Skips to the next quote or escape.
    private mutating func skipPlainBytes() throws(JSONError) {
        guard let end = bytes[index...].firstIndex(where: ByteBuffer.mustEscape) else {
            index = bytes.count
            throw error("unterminated string")
        }
        index = end
        guard bytes[end] >= 0x20 else { throw error("unescaped control character in a string") }
    }

    private mutating func readEscape(into unescaped: inout [UInt8]) throws(JSONError) {
        guard let escape = byte else { throw error("unterminated string") }
        index += 1
        switch escape {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(escape)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "n"): unescaped.append(0x0A)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"):
            guard let encoded = UTF8.encode(try readEscapedScalar()) else { throw error("invalid character") }
            unescaped.append(contentsOf: encoded)
        default: throw error("invalid escape")
        }
    }

    /// Reads what follows `\u`: four hex digits, or a surrogate pair.
    private mutating func readEscapedScalar() throws(JSONError) -> Unicode.Scalar {
        let unit = try readHexUnit()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard UTF16.isLeadSurrogate(unit), byte == UInt8(ascii: "\\") else { throw error("lone surrogate") }
        index += 1
        guard byte == UInt8(ascii: "u") else { throw error("lone surrogate") }
        index += 1
        let trail = try readHexUnit()
        guard UTF16.isTrailSurrogate(trail) else { throw error("lone surrogate") }
        return UTF16.decode(UTF16.EncodedScalar([unit, trail]))
    }

    private mutating func readHexUnit() throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("expected four hex digits")
            }
            unit = unit << 4 | UInt16(digit)
            index += 1
        }
        return unit
    }

    private func validated(_ bytes: UnsafeRawBufferPointer) throws(JSONError) -> String {
        try Self.validated(bytes, offset: index)
    }

    private static func validated(_ bytes: UnsafeRawBufferPointer, offset: Int) throws(JSONError) -> String {
        guard let value = String(validating: bytes, as: UTF8.self) else {
            throw JSONError(message: "invalid UTF-8", offset: offset)
        }
        return value
    }
}
