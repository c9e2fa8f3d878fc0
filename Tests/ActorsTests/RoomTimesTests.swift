import ChatModel
import NIOCore
import Testing

@testable import Actors

@Suite struct RoomTimesTests {
    private let times = RoomTimes()
    private let noon = LogTime(microseconds: 1_700_000_000_000_000, within: 80)

    private func id(_ seq: UInt64) -> MessageID { MessageID(ms: 1_000 + seq, seq: seq) }

    private func at(_ microseconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .microseconds(microseconds) }

    private func stop(of seq: UInt64) -> JourneyStop? {
        times.stop(of: id(seq), logTime: noon, now: at(1_000_000))
    }

    @Test func aBatchIsWrittenWhenItsLastLoopHasWrittenIt() {
        let batch = times.batch(id(3)...id(5), heard: at(400_000))
        batch.written(to: 20, at: at(400_900))
        batch.written(to: 21, at: at(400_300))
        for seq in 3...5 as ClosedRange<UInt64> {
            let heardAt = noon?.before(600_000)
            #expect(stop(of: seq) == JourneyStop(heardAt: heardAt, fanOut: 900, sockets: 41, start: nil))
        }
        #expect(stop(of: 2) == nil && stop(of: 6) == nil)
    }

    @Test func localMessagesHaveASubmitTime() {
        _ = times.batch(id(1)...id(2), heard: at(5_700))
        times.confirmed(id(2), received: at(5_000), published: at(5_040), at: at(5_940))
        #expect(stop(of: 2)?.start == JourneyStart(waited: 40, confirmed: 900, returned: 660))
        #expect(stop(of: 1)?.start == nil)
    }

    @Test func theOtherTimesAreKnownWithoutTheLogsClock() {
        _ = times.batch(id(1)...id(1), heard: at(1))
        let stop = times.stop(of: id(1), logTime: nil, now: at(2))
        #expect(stop == JourneyStop(heardAt: nil, fanOut: 0, sockets: 0, start: nil))
    }

    @Test func onlyTheLatestAreKeptAndALateLoopIsHarmless() {
        let first = times.batch(id(1)...id(1), heard: at(1))
        let second = times.batch(id(2)...id(2), heard: at(2))
        for seq in 3...UInt64(RoomTimes.kept) { _ = times.batch(id(seq)...id(seq), heard: at(Int64(seq))) }
        #expect(stop(of: 1) != nil)
        _ = times.batch(id(100)...id(120), heard: at(100))
        #expect(stop(of: 1) == nil && stop(of: 2) != nil && stop(of: 110) != nil)
        first.written(to: 7, at: at(200))
        second.written(to: 1, at: at(202))
        #expect(stop(of: 2)?.sockets == 1 && stop(of: 2)?.fanOut == 200)
        #expect(stop(of: 3)?.sockets == 0)
    }

    @Test func timesOfTwoEpochsAreNotConfused() {
        _ = times.batch(MessageID(ms: 10, seq: 1)...MessageID(ms: 10, seq: 1), heard: at(1))
        _ = times.batch(MessageID(ms: 90, seq: 1)...MessageID(ms: 95, seq: 2), heard: at(9))
        #expect(times.stop(of: MessageID(ms: 10, seq: 1), logTime: noon, now: at(9))?.heardAt == noon?.before(8))
        #expect(times.stop(of: MessageID(ms: 90, seq: 1), logTime: noon, now: at(9))?.heardAt == noon)
    }
}
