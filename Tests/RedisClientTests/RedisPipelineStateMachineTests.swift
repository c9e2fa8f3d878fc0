import NIOCore
import Testing

@testable import RedisClient

@Suite struct RedisPipelineStateMachineTests {
    private typealias Pipeline = RedisPipelineStateMachine<Int>

    private func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(1_000_000_000) + .seconds(seconds) }

    private func pipeline(commands: Int = 100, bytes: Int = 1_000) -> Pipeline {
        Pipeline(
            limits: .init(
                deadline: .seconds(5), lostAfter: .seconds(10), maximumCommands: commands, maximumBytes: bytes))
    }

    @Test func answersMatchCommandsInOrder() {
        var pipeline = pipeline()
        for token in 1...3 { #expect(pipeline.send(token, bytes: 1, now: at(0)) == .write) }
        for token in 1...3 {
            let isAnswered = if case .complete(token, sentAt: at(0)) = pipeline.received() { true } else { false }
            #expect(isAnswered)
        }
        #expect(pipeline.isIdle)
    }

    @Test func anUnexpectedAnswerIsAViolation() {
        var pipeline = pipeline()
        let isViolation = if case .violation = pipeline.received() { true } else { false }
        #expect(isViolation)
    }

    @Test func waitingCommandsAreBoundedInNumberAndBytes() {
        var few = pipeline(commands: 2)
        #expect(few.send(1, bytes: 1, now: at(0)) == .write)
        #expect(few.send(2, bytes: 1, now: at(0)) == .write)
        #expect(few.send(3, bytes: 1, now: at(0)) == .refuse(.overloaded))
        _ = few.received()
        #expect(few.send(4, bytes: 1, now: at(0)) == .write)

        var small = pipeline(bytes: 100)
        #expect(small.send(1, bytes: 60, now: at(0)) == .write)
        #expect(small.send(2, bytes: 41, now: at(0)) == .refuse(.overloaded))
        #expect(small.send(3, bytes: 40, now: at(0)) == .write)
        _ = small.received()
        _ = small.received()
        #expect(small.send(4, bytes: 5_000, now: at(0)) == .write, "alone, any size may go")
        #expect(small.send(5, bytes: 1, now: at(0)) == .refuse(.overloaded))
    }

    @Test func aLateAnswerIsDroppedAndTheNextStillMatches() {
        var pipeline = pipeline()
        _ = pipeline.send(1, bytes: 1, now: at(0))
        _ = pipeline.send(2, bytes: 1, now: at(3))
        var action = pipeline.tick(now: at(4))
        #expect(action.timedOut.isEmpty)
        #expect(action.next == at(5))
        action = pipeline.tick(now: at(5))
        #expect(action.timedOut == [1])
        #expect(!action.lost)
        #expect(action.next == at(8))
        #expect(pipeline.tick(now: at(6)).timedOut.isEmpty, "nothing expires twice")
        guard case .drop = pipeline.received(), case .complete(2, _) = pipeline.received() else {
            Issue.record("the answers went astray")
            return
        }
    }

    @Test func aCommandUnansweredForTooLongMeansALostConnection() {
        var pipeline = pipeline()
        _ = pipeline.send(1, bytes: 1, now: at(0))
        #expect(pipeline.tick(now: at(5)).next == at(10))
        _ = pipeline.send(2, bytes: 1, now: at(9))
        let action = pipeline.tick(now: at(10))
        #expect(action.lost)
        #expect(pipeline.close() == [2], "the expired one has been answered for already")
    }

    @Test func withoutCommandsNoTicksAreNeeded() {
        var pipeline = pipeline()
        #expect(pipeline.tick(now: at(100)).next == nil)
        #expect(!pipeline.tick(now: at(100)).lost)
    }

    @Test func afterClosingEverythingIsRejectedOrDropped() {
        var pipeline = pipeline()
        _ = pipeline.send(1, bytes: 1, now: at(0))
        _ = pipeline.send(2, bytes: 1, now: at(0))
        #expect(pipeline.close() == [1, 2])
        #expect(pipeline.close() == [])
        #expect(pipeline.send(3, bytes: 1, now: at(0)) == .refuse(.notConnected))
        let isDropped = if case .drop = pipeline.received() { true } else { false }
        #expect(isDropped)
        #expect(pipeline.tick(now: at(60)).next == nil)
    }
}
