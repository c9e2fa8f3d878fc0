/// Reads the numbers in ids. On the path of every message: the standard library's parsers are generic, and take a
/// hundred times as long.
enum Digits {
    /// `nil` if a byte is no digit, there is none, or the number does not fit. No signs.
    static func decimal(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
        guard !bytes.isEmpty else { return nil }
        var number: UInt64 = 0
        for byte in bytes {
            guard (0x30...0x39).contains(byte) else { return nil }
            let (tens, tooBig) = number.multipliedReportingOverflow(by: 10)
            let (sum, tooBigAfter) = tens.addingReportingOverflow(UInt64(byte &- 0x30))
            guard !tooBig, !tooBigAfter else { return nil }
            number = sum
        }
        return number
    }

    /// At most sixteen lower-case hexadecimal digits.
    static func hexadecimal(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
        guard (1...16).contains(bytes.count) else { return nil }
        var number: UInt64 = 0
        for byte in bytes {
            switch byte {
            case 0x30...0x39: number = number << 4 | UInt64(byte &- 0x30)
            case 0x61...0x66: number = number << 4 | UInt64(byte &- 0x57)
            default: return nil
            }
        }
        return number
    }
}
