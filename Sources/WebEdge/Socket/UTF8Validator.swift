/// Validates UTF-8 piece by piece, across fragments (Unicode 16, table 3-7: "Well-Formed UTF-8 Byte Sequences").
struct UTF8Validator {
    /// Missing continuation bytes, and the valid range of the next one.
    private var due = 0
    private var next: ClosedRange<UInt8> = continuation

    private static let continuation: ClosedRange<UInt8> = 0x80...0xBF

    /// Whether no byte is missing: a text may end here.
    var isComplete: Bool { due == 0 }

    /// - Returns: whether the bytes can still become valid UTF-8.
    mutating func validate(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index < bytes.count {
            if due == 0 {
                // Most text is ASCII: eight bytes at a time.
                while index + 8 <= bytes.count,
                    bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
                {
                    index += 8
                }
                guard index < bytes.count else { return true }
            }
            guard take(bytes[index]) else { return false }
            index += 1
        }
        return true
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        if due > 0 {
            guard next.contains(byte) else { return false }
            due -= 1
            next = Self.continuation
            return true
        }
        switch byte {
        case 0x00...0x7F: break
        case 0xC2...0xDF: expect(1)
        case 0xE0: expect(2, from: 0xA0...0xBF)
        case 0xED: expect(2, from: 0x80...0x9F)
        case 0xE1...0xEF: expect(2)
        case 0xF0: expect(3, from: 0x90...0xBF)
        case 0xF4: expect(3, from: 0x80...0x8F)
        case 0xF1...0xF3: expect(3)
        default: return false
        }
        return true
    }

    private mutating func expect(_ count: Int, from first: ClosedRange<UInt8> = continuation) {
        due = count
        next = first
    }
}
