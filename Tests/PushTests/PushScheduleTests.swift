import ChatModel
import TestSupport
import Testing

@testable import Push

@Suite struct PushScheduleTests {
    private let user = UserID("ann")

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func aUserIsToldOnceAPauseOfTheLastThatMatters(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var schedule = PushSchedule()
        let rooms = ["a", "b"].compactMap { RoomName($0) }
        var told: [RoomName: [Int64]] = [:]
        /// Of each room, what was said since the user was last told: ids, and whether they address the user.
        var open: [RoomName: [(id: MessageID, isAddressed: Bool)]] = [:]
        var (now, seq): (Int64, UInt64) = (1_000_000, 0)
        for step in 0..<400 {
            now += .random(in: 0...9_000, using: &random)
            let ends = step > 380
            if let room = rooms.randomElement(using: &random), !ends {
                seq += 1
                let isAddressed = Int.random(in: 0..<4, using: &random) == 0
                let id = MessageID(ms: UInt64(now), seq: seq)
                let wait: Int64 = Bool.random(using: &random) ? 0 : 20_000
                let isKept = schedule.add(id, isAddressed: isAddressed, to: user, in: room, at: now, wait: wait)
                #expect(isKept)
                open[room, default: []].append((id, isAddressed))
            }
            for job in schedule.due(at: now, atMost: .random(in: 1...2, using: &random)) {
                let room = job.key.room
                let last = told[room]?.last
                #expect(last.map { now - $0 >= PushSchedule.pause } ?? true, "seed \(seed)")
                told[room, default: []].append(now)
                let said = open.removeValue(forKey: room) ?? []
                let expected = said.last { $0.isAddressed } ?? said.last
                #expect(job.message == expected?.id && job.isAddressed == expected?.isAddressed, "seed \(seed)")
            }
            if ends { now += PushSchedule.pause }
        }
        #expect(schedule.count == 0 && open.isEmpty, "nobody waits for ever, seed \(seed)")
    }

    @Test func aServiceThatIsAwayIsTriedAgainAndThenGivenUp() throws {
        var schedule = PushSchedule()
        let message = MessageID(ms: 1, seq: 1)
        _ = schedule.add(message, isAddressed: true, to: user, in: .lobby, at: 0, wait: 0)
        var now: Int64 = 0
        var waits: [Int64] = []
        while let job = schedule.due(at: now, atMost: 9).first {
            let retryAfter: Int64? = waits.isEmpty ? nil : waits.count == 1 ? 200_000 : 86_400_000
            guard schedule.failed(job, at: "https://push.example/1", retryAfter: retryAfter, at: now) else { break }
            let from = now
            while schedule.due(at: now, atMost: 0).isEmpty, now - from < 700_000 {
                now += 1_000
                var copy = schedule
                if !copy.due(at: now, atMost: 1).isEmpty { break }
            }
            waits.append(now - from)
        }
        #expect(waits == [30_000, 200_000, 600_000])
        #expect(schedule.count == 0)
    }

    @Test func theScheduleIsBounded() throws {
        var schedule = PushSchedule()
        for number in 0..<PushSchedule.most {
            let isKept = schedule.add(
                MessageID(ms: 1, seq: 1), isAddressed: false, to: UserID("\(number)"), in: .lobby, at: 0, wait: 0)
            #expect(isKept)
        }
        let isKept = schedule.add(MessageID(ms: 1, seq: 1), isAddressed: true, to: user, in: .lobby, at: 0, wait: 0)
        #expect(!isKept)
    }
}
