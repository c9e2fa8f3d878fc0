import ChatClient
import TestSupport
import Testing

struct DurationHistogramTests {
    private static func histogram(_ micros: some Sequence<Int64>) -> DurationHistogram {
        var histogram = DurationHistogram()
        for value in micros { histogram.record(.microseconds(value)) }
        return histogram
    }

    @Test func anEmptyHistogramHasNoQuantile() {
        #expect(DurationHistogram().quantile(0.5) == nil)
        #expect(DurationHistogram().max == .zero)
    }

    @Test func smallValuesAreExact() {
        let histogram = Self.histogram(1...100)
        #expect(histogram.count == 100)
        for share in [0.01, 0.5, 0.95, 0.99, 1.0] {
            #expect(histogram.quantile(share) == .microseconds(Int64((share * 100).rounded())))
        }
    }

    @Test func quantilesAreAccurateTo1Point6Percent() throws {
        var generator = SeededGenerator(seed: 7)
        let values = (0..<20_000).map { _ in Int64(Double.random(in: 0...23, using: &generator).exponential) }
        let histogram = Self.histogram(values)
        let sorted = values.sorted()
        for share in [0.001, 0.25, 0.5, 0.9, 0.99, 0.999] {
            let exact = Double(sorted[Int((share * 20_000).rounded(.up)) - 1])
            let found = try #require(histogram.quantile(share)) / .microseconds(1)
            #expect(found >= exact && found <= exact * 1.016 + 1, "\(share): \(found) for \(exact)")
        }
    }

    @Test func noQuantileExceedsTheMaximum() {
        let histogram = Self.histogram([1_000_003])
        #expect(histogram.quantile(0.5) == .microseconds(1_000_003))
        #expect(histogram.max == .microseconds(1_000_003))
    }

    @Test func valuesOutOfRangeAreCounted() {
        let histogram = Self.histogram([-5, .max])
        #expect(histogram.count == 2)
        #expect(histogram.quantile(0.5) == .zero)
        #expect(histogram.quantile(1)! > .seconds(80_000))
    }
}

extension Double {
    /// 2 to the power of it, for values of every size.
    fileprivate var exponential: Double {
        (0..<Int(self)).reduce(1.0 + truncatingRemainder(dividingBy: 1)) { value, _ in value * 2 }
    }
}
