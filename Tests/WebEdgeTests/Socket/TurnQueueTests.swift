import Testing

@testable import WebEdge

@Suite struct TurnQueueTests {
    private let queue = TurnQueue()

    @Test func turnsRunOneAtATimeInOrderWhileOpen() {
        var turns: [Int] = []
        for turn in 1...3 { #expect(queue.append { turns.append(turn) }) }
        queue.run { false }
        #expect(turns == [])
        queue.run { true }
        queue.run { true }
        #expect(turns == [1])
        queue.endTurn()
        queue.run { true }
        #expect(turns == [1, 2])
        queue.removeAll()
        queue.endTurn()
        queue.run { true }
        #expect(turns == [1, 2])
    }

    @Test func turnsThatEndAtOnceDoNotRecurse() {
        var turns = 0
        for _ in 0..<100 {
            _ = queue.append { [queue] in
                turns += 1
                queue.endTurn()
                queue.run { true }
            }
        }
        queue.run { true }
        #expect(turns == 100)
    }

    @Test func theQueueIsBounded() {
        for _ in 0..<128 { #expect(queue.append {}) }
        #expect(!queue.append {})
    }
}
