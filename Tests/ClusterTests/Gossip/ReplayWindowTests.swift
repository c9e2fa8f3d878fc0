import Testing

@testable import Cluster

@Suite struct ReplayWindowTests {
    @Test func eachCounterIsAdmittedOnce() {
        var window = ReplayWindow()
        let counters: [UInt64] = [5, 3, 5, 4, 3, 1_000, 1_000, 6]
        #expect(counters.map { window.admit($0) } == [true, true, false, true, false, true, false, true])
    }

    @Test func countersBelowTheWindowAreNotAdmitted() {
        var window = ReplayWindow()
        let counters: [UInt64] = [2_000, 2_000 - 1_023, 2_000 - 1_024]
        #expect(counters.map { window.admit($0) } == [true, true, false])
    }

    @Test func aLeapDropsTheOldWindow() {
        var window = ReplayWindow()
        for counter in 1...1_024 as ClosedRange<UInt64> { _ = window.admit(counter) }
        // The same places in the window, a thousand and some rounds later.
        let counters: [UInt64] = [.max, .max - 1, .max, .max - 1_023]
        #expect(counters.map { window.admit($0) } == [true, true, false, true])
    }
}
