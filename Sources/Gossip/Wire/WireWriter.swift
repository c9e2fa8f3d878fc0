/// Bytes up to a limit, numbers in network order.
struct WireWriter {
    private(set) var bytes: [UInt8] = []
    let limit: Int

    init(limit: Int) {
        self.limit = limit
        bytes.reserveCapacity(limit)
    }

    mutating func write(_ byte: UInt8) { bytes.append(byte) }

    mutating func write<Number: FixedWidthInteger & UnsignedInteger>(_ number: Number) {
        for shift in stride(from: Number.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> Number(shift)))
        }
    }

    mutating func write(_ some: [UInt8]) { bytes += some }

    /// At most 255 bytes of it, never half a character.
    mutating func write(text: String) {
        var text = text[...]
        while text.utf8.count > 255 { text.removeLast() }
        write(UInt8(text.utf8.count))
        bytes += text.utf8
    }

    /// Writes something whole, or nothing when it would go beyond the limit.
    mutating func attempt(_ body: (inout WireWriter) -> Void) -> Bool {
        let before = bytes.count
        body(&self)
        if bytes.count <= limit { return true }
        cut(to: before)
        return false
    }

    /// Leaves a place for what is known only later.
    mutating func patch(_ byte: UInt8, at position: Int) { bytes[position] = byte }

    mutating func cut(to count: Int) { bytes.removeLast(bytes.count - count) }
}
