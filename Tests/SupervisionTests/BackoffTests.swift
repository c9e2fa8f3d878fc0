import Supervision
import Testing

@Suite struct BackoffTests {
    @Test func ceilingDoublesFromBaseToCap() {
        var backoff = Backoff(base: .milliseconds(100), cap: .seconds(1))
        var ceilings: [Duration] = []
        for _ in 0..<6 {
            ceilings.append(backoff.ceiling)
            _ = backoff.next()
        }
        #expect(ceilings == [100, 200, 400, 800, 1000, 1000].map { .milliseconds($0) })
    }

    @Test func everyWaitIsBetweenZeroAndItsCeiling() {
        for _ in 0..<200 {
            var backoff = Backoff(base: .milliseconds(3), cap: .seconds(20))
            for _ in 0..<20 {
                let ceiling = backoff.ceiling
                let wait = backoff.next()
                #expect(wait >= .zero && wait <= ceiling)
            }
        }
    }

    @Test func bothEndsOfTheRangeOccur() {
        var backoff = Backoff(base: .seconds(2), cap: .seconds(2))
        #expect(backoff.next { $0.lowerBound } == .zero)
        #expect(backoff.next { $0.upperBound } == .seconds(2))
    }

    @Test func resetStartsAtTheBaseAgain() {
        var backoff = Backoff(base: .seconds(1), cap: .seconds(60))
        for _ in 0..<5 { _ = backoff.next() }
        backoff.reset()
        #expect(backoff == Backoff(base: .seconds(1), cap: .seconds(60)))
    }

    @Test func manyFailuresDoNotOverflow() {
        var backoff = Backoff(base: .nanoseconds(1), cap: .seconds(86_400))
        for _ in 0..<1_000 { _ = backoff.next() }
        #expect(backoff.ceiling == .seconds(86_400))
    }
}
