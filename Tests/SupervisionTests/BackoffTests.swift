import Supervision
import Testing

@Suite struct BackoffTests {
    @Test func ceilingDoublesFromBaseToCap() {
        var backoff = Backoff(base: .milliseconds(100), cap: .seconds(1))
        var generator = SystemRandomNumberGenerator()
        var ceilings: [Duration] = []
        for _ in 0..<6 {
            ceilings.append(backoff.ceiling)
            _ = backoff.next(using: &generator)
        }
        #expect(ceilings == [100, 200, 400, 800, 1000, 1000].map { .milliseconds($0) })
    }

    @Test func everyWaitLiesBetweenZeroAndItsCeiling() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var backoff = Backoff(base: .milliseconds(3), cap: .seconds(20))
            for _ in 0..<20 {
                let ceiling = backoff.ceiling
                let wait = backoff.next(using: &generator)
                #expect(wait >= .zero && wait <= ceiling)
            }
        }
    }

    @Test func bothEndsOfTheRangeAreDrawn() {
        struct Constant: RandomNumberGenerator {
            let value: UInt64
            mutating func next() -> UInt64 { value }
        }
        var backoff = Backoff(base: .seconds(2), cap: .seconds(2))
        // 0 itself would be rejected for ever: `random(in:)` draws again where the range does not divide 2⁶⁴.
        var lowest = Constant(value: 1)
        #expect(backoff.next(using: &lowest) == .zero)
        var highest = Constant(value: .max)
        #expect(backoff.next(using: &highest) == .seconds(2))
    }

    @Test func resetBeginsAtTheBaseAgain() {
        var backoff = Backoff(base: .seconds(1), cap: .seconds(60))
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5 { _ = backoff.next(using: &generator) }
        backoff.reset()
        #expect(backoff == Backoff(base: .seconds(1), cap: .seconds(60)))
    }

    @Test func manyFailuresDoNotOverflow() {
        var backoff = Backoff(base: .nanoseconds(1), cap: .seconds(86_400))
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<1_000 { _ = backoff.next(using: &generator) }
        #expect(backoff.ceiling == .seconds(86_400))
    }
}
