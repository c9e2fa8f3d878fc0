/// Reads numbers and text from untrusted bytes. Every read is bounds-checked and returns `nil` if there are too few
/// bytes; declared lengths never cause allocations.
struct WireReader {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    init(_ bytes: [UInt8]) {
        self.init(bytes, 0..<bytes.count)
    }

    private init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        self.position = range.lowerBound
        self.end = range.upperBound
    }

    var isAtEnd: Bool { position == end }

    mutating func readByte() -> UInt8? {
        guard position < end else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func readUInt16() -> UInt16? { read(2).map { UInt16(truncatingIfNeeded: number($0)) } }
    mutating func readUInt32() -> UInt32? { read(4).map { UInt32(truncatingIfNeeded: number($0)) } }
    mutating func readUInt64() -> UInt64? { read(8).map(number) }

    mutating func readBytes(_ count: Int) -> [UInt8]? {
        read(count).map { Array(bytes[$0]) }
    }

    /// A length byte, then UTF-8.
    mutating func readText() -> String? {
        guard let length = readByte(), let range = read(Int(length)) else { return nil }
        return String(validating: bytes[range], as: UTF8.self)
    }

    mutating func readName() -> String? {
        guard let length = readByte(), let range = read(Int(length)), MemberRecord.isValidName(bytes[range])
        else { return nil }
        return String(decoding: bytes[range], as: UTF8.self)
    }

    /// A reader for the next `count` bytes only.
    mutating func readPart(_ count: Int) -> WireReader? {
        read(count).map { WireReader(bytes, $0) }
    }

    private mutating func read(_ count: Int) -> Range<Int>? {
        guard count <= end - position else { return nil }
        defer { position += count }
        return position..<(position + count)
    }

    private func number(_ range: Range<Int>) -> UInt64 {
        var number: UInt64 = 0
        for index in range { number = number << 8 | UInt64(bytes[index]) }
        return number
    }
}
