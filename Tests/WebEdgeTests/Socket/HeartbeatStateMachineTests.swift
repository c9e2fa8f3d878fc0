import NIOCore
import Testing

@testable import WebEdge

@Suite struct HeartbeatStateMachineTests {
    private static let start = NIODeadline.uptimeNanoseconds(0)
    private var heartbeat = HeartbeatStateMachine(interval: .seconds(25), patience: .seconds(10), now: start)

    @Test mutating func silenceIsPingedAndThenClosed() {
        #expect(heartbeat.timerFired(at: at(24)) == .none)
        #expect(heartbeat.timerFired(at: at(25)) == .ping)
        #expect(heartbeat.deadline == at(35))
        #expect(heartbeat.timerFired(at: at(34)) == .none)
        #expect(heartbeat.timerFired(at: at(35)) == .timeOut)
    }

    @Test mutating func anyFrameRestartsTheTimer() {
        heartbeat.received(at: at(20))
        #expect(heartbeat.timerFired(at: at(25)) == .none)
        #expect(heartbeat.deadline == at(45))
        #expect(heartbeat.timerFired(at: at(45)) == .ping)
        heartbeat.received(at: at(54))
        #expect(heartbeat.timerFired(at: at(55)) == .none)
        #expect(heartbeat.deadline == at(79))
    }

    private func at(_ seconds: Int64) -> NIODeadline { Self.start + .seconds(seconds) }
}
