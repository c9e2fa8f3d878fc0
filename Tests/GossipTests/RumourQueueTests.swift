import Testing

@testable import Gossip

@Suite struct RumourQueueTests {
    @Test func leastSentRumoursComeFirstThenTheNewest() {
        var queue = RumourQueue()
        for name in ["a", "b", "c"] { queue.push(name) }
        #expect(take(2, from: &queue) == ["c", "b"])
        #expect(take(3, from: &queue) == ["a", "b", "c"])
    }

    @Test func eachRumourIsSentALimitedNumberOfTimes() {
        var queue = RumourQueue()
        queue.push("a")
        for _ in 0..<4 { #expect(take(1, from: &queue) == ["a"]) }
        #expect(queue.isEmpty)
    }

    @Test func aNewRumourAboutTheSameNodeStartsOver() {
        var queue = RumourQueue()
        queue.push("a")
        for _ in 0..<3 { _ = take(1, from: &queue) }
        queue.push("a")
        for _ in 0..<4 { #expect(take(1, from: &queue) == ["a"]) }
        #expect(queue.isEmpty)
    }

    @Test func obsoleteRumoursAreNotOfferedAgain() {
        var queue = RumourQueue()
        queue.push("a")
        queue.take(limit: 4) { _ in .void }
        #expect(queue.isEmpty)
    }

    private func take(_ room: Int, from queue: inout RumourQueue) -> [String] {
        var told: [String] = []
        queue.take(limit: 4) { name in
            guard told.count < room else { return .full }
            told.append(name)
            return .taken
        }
        return told
    }
}
