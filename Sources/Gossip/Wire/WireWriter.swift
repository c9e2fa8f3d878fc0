/// A byte buffer with a limit; numbers in network order.
struct WireWriter {
    private(set) var bytes: [UInt8] = []
    let limit: Int

    init(limit: Int) {
        self.limit = limit
        bytes.reserveCapacity(limit)
    }

    mutating func write(_ byte: UInt8) { bytes.append(byte) }

    mutating func write(_ number: UInt16) { write(UInt64(number), bytes: 2) }
    mutating func write(_ number: UInt32) { write(UInt64(number), bytes: 4) }
    mutating func write(_ number: UInt64) { write(number, bytes: 8) }

    private mutating func write(_ number: UInt64, bytes count: Int) {
        for place in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * place))) }
    }

    mutating func write(_ some: [UInt8]) { bytes += some }

    /// Writes at most 255 bytes, without splitting a character.
    mutating func write(text: String) {
        var text = text[...]
        while text.utf8.count > 255 { text.removeLast() }
        write(UInt8(text.utf8.count))
        bytes += text.utf8
    }

    /// Writes everything, or nothing if it would exceed the limit.
    mutating func attempt(_ body: (inout WireWriter) -> Void) -> Bool {
        let before = bytes.count
        body(&self)
        if bytes.count <= limit { return true }
        cut(to: before)
        return false
    }

    /// Overwrites a placeholder.
    mutating func patch(_ byte: UInt8, at position: Int) { bytes[position] = byte }

    mutating func cut(to count: Int) { bytes.removeLast(bytes.count - count) }
}
