package import NIOCore

/// A pull parser for JSON (RFC 8259) over bytes, without Foundation: what a client sends is read here first.
///
/// Strict: nothing is repaired. Duplicate member names, lone surrogates, invalid UTF-8 and nesting deeper than
/// `maximumDepth` are refused, values that nobody asks for are checked all the same, and no input traps.
///
/// A value on the stack of whoever parses; it must not outlive the bytes it was made for.
package struct ByteReader {
    package static let maximumDepth = 16

    package enum Kind: Hashable, Sendable { case object, array, string, number, boolean, null }

    private let bytes: UnsafeRawBufferPointer
    private var index = 0
    private var depth = 0

    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Reads one value that fills the buffer; `body` takes it from the reader.
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

    /// What comes next.
    package mutating func peek() throws(JSONError) -> Kind {
        skipWhitespace()
        guard let byte else { throw error("the text ends where a value should be") }
        switch byte {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .null
        default: throw error("no value begins with this byte")
        }
    }

    /// Reads an object; `member` must take each member's value from the reader.
    package mutating func readObject(
        _ member: (_ name: String, inout ByteReader) throws(JSONError) -> Void
    ) throws(JSONError) {
        try enter(.object)
        var names = MemberNames()
        if !take(UInt8(ascii: "}")) {
            repeat {
                let name = try readString()
                guard names.insert(name) else { throw error("a member name appears twice") }
                guard take(UInt8(ascii: ":")) else { throw error("expected ':'") }
                try member(name, &self)
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "}")) else { throw error("expected ',' or '}'") }
        }
        depth -= 1
    }

    /// Reads an array; `element` must take each element from the reader.
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

    /// Reads a value of any kind and forgets it.
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

    /// Nothing but white space may follow.
    package mutating func readEnd() throws(JSONError) {
        skipWhitespace()
        guard index == bytes.count else { throw error("something follows the value") }
    }

    /// Reads a string and gives it together with its token: the bytes as they came, quotes and escapes included.
    package mutating func readStringWithToken() throws(JSONError) -> (value: String, token: String) {
        try expect(.string)
        let start = index
        let value = try readString()
        return (value, text(start..<index))
    }

    /// For whoever reads and misses something in the value that ends here.
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
        guard try peek() == kind else { throw error("expected \(kind) here") }
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
    /// Reads a number by RFC 8259 section 6; what it is worth is asked of the token.
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

    /// The rest of a string that holds at least one escape; the reader stands at the first.
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

    /// To the next quote or escape.
    private mutating func skipPlainBytes() throws(JSONError) {
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return }
            guard byte >= 0x20 else { throw error("a control character in a string must be escaped") }
            index += 1
        }
        throw error("a string does not end")
    }

    private mutating func readEscape(into unescaped: inout [UInt8]) throws(JSONError) {
        guard let escape = byte else { throw error("a string does not end") }
        index += 1
        switch escape {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(escape)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "n"): unescaped.append(0x0A)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"):
            guard let encoded = UTF8.encode(try readEscapedScalar()) else { throw error("no such character") }
            unescaped.append(contentsOf: encoded)
        default: throw error("no such escape")
        }
    }

    /// What follows `\u`: four hex digits, or two surrogates that belong together.
    private mutating func readEscapedScalar() throws(JSONError) -> Unicode.Scalar {
        let unit = try readHexUnit()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard UTF16.isLeadSurrogate(unit), byte == UInt8(ascii: "\\") else { throw error("a lone surrogate") }
        index += 1
        guard byte == UInt8(ascii: "u") else { throw error("a lone surrogate") }
        index += 1
        let trail = try readHexUnit()
        guard UTF16.isTrailSurrogate(trail) else { throw error("a lone surrogate") }
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
