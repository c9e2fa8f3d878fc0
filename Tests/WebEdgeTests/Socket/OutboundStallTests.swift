import NIOCore
import Testing

@testable import WebEdge

@Suite struct OutboundStallTests {
    private var stall = OutboundStall(patience: .seconds(20))

    @Test mutating func anEmptyQueueIsNeverStalled() {
        for second in [0, 30, 60] { #expect(stall.look(waiting: 0, at: at(second)) == false) }
        #expect(stall.deadline == .distantFuture)
    }

    @Test mutating func anUnmovingQueueIsStalledHoweverMuchIsAdded() {
        #expect(stall.look(waiting: 100, at: at(0)) == false)
        #expect(stall.deadline == at(20))
        stall.wrote(50)
        #expect(stall.look(waiting: 150, at: at(19)) == false)
        // TLS has made more of it.
        stall.wrote(10)
        #expect(stall.look(waiting: 190, at: at(20)) == true)
    }

    @Test mutating func progressRestartsTheTimer() {
        #expect(stall.look(waiting: 100, at: at(0)) == false)
        stall.wrote(50)
        #expect(stall.look(waiting: 149, at: at(20)) == false)
        #expect(stall.deadline == at(40))
        #expect(stall.look(waiting: 148, at: at(40)) == false)
        #expect(stall.look(waiting: 148, at: at(60)) == true)
    }

    @Test mutating func anEmptiedQueueIsForgotten() {
        #expect(stall.look(waiting: 100, at: at(0)) == false)
        #expect(stall.look(waiting: 0, at: at(10)) == false)
        #expect(stall.look(waiting: 100, at: at(20)) == false)
        #expect(stall.deadline == at(40))
    }

    private func at(_ second: Int) -> NIODeadline { .uptimeNanoseconds(UInt64(second) * 1_000_000_000) }
}
