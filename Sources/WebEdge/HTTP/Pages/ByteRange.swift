/// The one range that a `Range` field asks for (RFC 9110, section 14.1.2).
enum ByteRange: Hashable {
    /// Offsets, at least one.
    case part(Range<Int>)
    /// Nothing of it is there.
    case unsatisfiable

    /// Nil: the whole is to be sent. So it is when several are asked for, or something that is no range of bytes.
    init?(_ field: String, of size: Int) {
        let unit = "bytes="
        guard field.lowercased().hasPrefix(unit) else { return nil }
        let bounds = field.dropFirst(unit.count).split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, bounds.allSatisfy({ $0.utf8.allSatisfy { (UInt8(ascii: "0")...57).contains($0) } })
        else { return nil }
        // What is too long for a number is longer than any file.
        let numbers = bounds.map { $0.isEmpty ? nil : Int($0) ?? .max }
        let offsets: (first: Int, last: Int)
        switch (numbers[0], numbers[1]) {
        case (nil, nil): return nil
        case (nil, let length?): offsets = (size - min(length, size), size - 1)
        case (let first?, let last): offsets = (first, min(last ?? .max, size - 1))
        }
        self = offsets.first <= offsets.last ? .part(offsets.first..<offsets.last + 1) : .unsatisfiable
    }
}
