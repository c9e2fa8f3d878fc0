import ChatModel
import Testing

@testable import Cluster

@Suite struct RedisClockTests {
    private let start = ContinuousClock.now

    @Test func theClockRunsOnBetweenAnswers() {
        var clock = RedisClock()
        #expect(clock.elapsed(since: 1_000, now: start) == nil)
        // Asked at 0, answered at 20 ms: at 10 ms Redis' clock showed 1,000,000 ms.
        clock.told(1_000_000_000, asked: start, answered: start + .milliseconds(20))
        let now = start + .milliseconds(60)
        #expect(clock.elapsed(since: 1_000_000, now: now) == .milliseconds(50))
        #expect(clock.elapsed(since: 999_000, now: now) == .milliseconds(1_050))
        #expect(clock.elapsed(since: 1_000_090, now: now) == .zero, "what is not yet there has not taken long")
    }

    @Test func theClockReportsItsUncertainty() {
        var clock = RedisClock()
        #expect(clock.time(now: start) == nil)
        clock.told(1_000_000_000, asked: start, answered: start + .milliseconds(20))
        let middle = start + .milliseconds(10)
        #expect(clock.time(now: middle) == LogTime(microseconds: 1_000_000_000, within: 10_000))
        #expect(
            clock.time(now: middle + .seconds(5)) == LogTime(microseconds: 1_005_000_000, within: 10_250),
            "half of the way there and back, and what a quartz may stray since")
        clock.told(.max, asked: start, answered: start)
        #expect(clock.time(now: middle) == nil)
    }

    @Test func aSlowAnswerIsIgnoredUnlessTheClockWasSet() {
        var clock = RedisClock()
        clock.told(1_000_000_000, asked: start, answered: start + .microseconds(200))
        let later = start + .seconds(2)
        clock.told(1_002_030_000, asked: later, answered: later + .milliseconds(80))
        let known = LogTime(microseconds: 1_001_999_900, within: 199)
        #expect(clock.time(now: later) == known)
        clock.told(5_000_000_000, asked: later, answered: later + .milliseconds(80))
        #expect(clock.time(now: later + .milliseconds(40)) == LogTime(microseconds: 5_000_000_000, within: 40_000))
        clock.told(5_000_050_000, asked: later, answered: later + .milliseconds(60))
        #expect(clock.time(now: later + .milliseconds(30))?.within == 30_000, "a quicker one is better")
    }

    @Test func aClockThatWasSetIsFollowed() {
        var clock = RedisClock()
        clock.told(1_000_000_000, asked: start, answered: start)
        clock.told(4_600_000_000, asked: start, answered: start)
        #expect(clock.elapsed(since: 4_600_000, now: start) == .zero)
    }

    @Test func anAnswerThatTookTooLongIsIgnored() {
        var clock = RedisClock()
        clock.told(1_000_000_000, asked: start, answered: start)
        clock.told(9_000_000_000, asked: start, answered: start + .seconds(3))
        #expect(clock.elapsed(since: 1_000_000, now: start) == .zero)
    }

    @Test(arguments: [Int64.min, .min / 1_000, .max])
    func numbersFromAPeerNeverTrap(_ milliseconds: Int64) {
        var clock = RedisClock()
        clock.told(1_000_000_000, asked: start, answered: start)
        _ = clock.elapsed(since: milliseconds, now: start)
    }
}
