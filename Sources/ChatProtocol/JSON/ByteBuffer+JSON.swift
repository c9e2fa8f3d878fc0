package import NIOCore

/// Writes JSON: literals with the values between them, in one pass over a frame's text.
extension ByteBuffer {
    /// Writes bytes that are already JSON.
    package mutating func writeJSON(literal: StaticString) {
        writeStaticString(literal)
    }

    /// Writes a token as it was read from JSON.
    package mutating func writeJSON(token: String) {
        writeString(token)
    }

    package mutating func writeJSON(_ value: Bool) {
        writeStaticString(value ? "true" : "false")
    }

    package mutating func writeJSON(_ value: some FixedWidthInteger) {
        // Writes the digits from the end, then copies once. Twenty digits and a sign hold any 64-bit integer.
        withUnsafeTemporaryAllocation(byteCount: 24, alignment: 1) { digits in
            var start = digits.count
            var rest = UInt64(value.magnitude)
            repeat {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if value < 0 {
                start -= 1
                digits[start] = UInt8(ascii: "-")
            }
            writeBytes(UnsafeRawBufferPointer(rebasing: digits[start...]))
        }
    }

    /// Writes a string with its quotes, escaping only what RFC 8259 section 7 requires.
    package mutating func writeJSON(_ value: String) {
        var value = value
        value.withUTF8 { utf8 in
            reserveCapacity(minimumWritableBytes: utf8.count + 2)
            writeInteger(UInt8(ascii: "\""))
            var rest = UnsafeRawBufferPointer(utf8)[...]
            while let index = rest.firstIndex(where: Self.mustEscape) {
                writeBytes(UnsafeRawBufferPointer(rebasing: rest[..<index]))
                writeEscape(rest[index])
                rest = rest[(index + 1)...]
            }
            writeBytes(UnsafeRawBufferPointer(rebasing: rest))
            writeInteger(UInt8(ascii: "\""))
        }
    }

    /// `[a,b,c]`.
    package mutating func writeJSON<Element>(
        array elements: some Sequence<Element>, _ write: (inout ByteBuffer, Element) -> Void
    ) {
        writeInteger(UInt8(ascii: "["))
        var first = true
        for element in elements {
            if !first { writeInteger(UInt8(ascii: ",")) }
            first = false
            write(&self, element)
        }
        writeInteger(UInt8(ascii: "]"))
    }

    static func mustEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func writeEscape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): writeStaticString("\\\"")
        case UInt8(ascii: "\\"): writeStaticString("\\\\")
        case 0x0A: writeStaticString("\\n")
        case 0x0D: writeStaticString("\\r")
        case 0x09: writeStaticString("\\t")
        default:
            writeStaticString("\\u00")
            for nibble in [byte >> 4, byte & 0xF] {
                writeInteger(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10)
            }
        }
    }
}
