/// A histogram of durations: buckets grow with the value, so that any quantile is accurate to 1.6 % in constant memory.
/// Log-linear, as in HdrHistogram (Gil Tene, hdrhistogram.org): 64 equal buckets per power of two of microseconds, and
/// exact below 128 µs.
package struct DurationHistogram: Sendable {
    private static let exact: UInt64 = 128
    private static let bits = 6
    /// A day; longer durations are clamped.
    private static let longest = Duration.seconds(86_400)

    private var counts: [Int] = []
    package private(set) var count = 0
    package private(set) var max = Duration.zero

    package init() {}

    package mutating func record(_ duration: Duration) {
        let micros = Self.micros(min(Swift.max(duration, .zero), Self.longest))
        let index = Self.index(of: micros)
        if index >= counts.count { counts += Array(repeating: 0, count: index + 1 - counts.count) }
        counts[index] += 1
        count += 1
        if duration > max { max = duration }
    }

    /// The value that this share of all values does not exceed; `nil` if empty.
    package func quantile(_ share: Double) -> Duration? {
        guard count > 0 else { return nil }
        let rank = Swift.max(1, Int((share * Double(count)).rounded(.up)))
        var seen = 0
        for (index, count) in counts.enumerated() {
            seen += count
            if seen >= rank { return min(.microseconds(Int64(Self.highest(in: index))), max) }
        }
        return max
    }

    private static func micros(_ duration: Duration) -> UInt64 {
        let (seconds, attoseconds) = duration.components
        return UInt64(seconds) * 1_000_000 + UInt64(attoseconds / 1_000_000_000_000)
    }

    private static func index(of micros: UInt64) -> Int {
        guard micros >= exact else { return Int(micros) }
        let shift = UInt64.bitWidth - 1 - micros.leadingZeroBitCount - bits
        return (shift << bits) + Int(micros >> UInt64(shift))
    }

    private static func highest(in index: Int) -> UInt64 {
        guard index >= exact else { return UInt64(index) }
        let shift = UInt64(index >> bits) - 1
        return ((UInt64(index) - (shift << UInt64(bits)) + 1) << shift) - 1
    }
}
