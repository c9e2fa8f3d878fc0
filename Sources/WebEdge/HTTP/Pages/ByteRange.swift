/// The only range that a `Range` field requests (RFC 9110, section 14.1.2).
enum ByteRange: Hashable {
    /// Offsets, at least one.
    case part(Range<Int>)
    /// The range is outside the file.
    case unsatisfiable

    /// `nil`: send the whole file. Also for several ranges, and for anything but a range of bytes.
    init?(_ field: String, of size: Int) {
        let unit = "bytes="
        guard field.lowercased().hasPrefix(unit) else { return nil }
        let bounds = field.dropFirst(unit.count).split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, bounds.allSatisfy({ $0.utf8.allSatisfy { (UInt8(ascii: "0")...57).contains($0) } })
        else { return nil }
        // Numbers too large to parse are beyond the end of any file.
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
