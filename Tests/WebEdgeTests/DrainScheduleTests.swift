import Testing

@testable import WebEdge

@Suite struct DrainScheduleTests {
    struct Case: CustomTestStringConvertible {
        let sockets: Int
        let remaining: Duration
        let perSecond: Double
        let lastGoodbye: Duration
        let end: Duration
        var isHurried = false

        var testDescription: String { "\(sockets) sockets in \(remaining)" }
    }

    @Test(arguments: [
        // As configured by default: 25 s, 3 of them the grace.
        Case(sockets: 10_000, remaining: .seconds(22), perSecond: 500, lastGoodbye: .seconds(20), end: .seconds(21)),
        Case(sockets: 100, remaining: .seconds(22), perSecond: 5, lastGoodbye: .seconds(20), end: .seconds(21)),
        // Few go by number, not by share.
        Case(sockets: 50, remaining: .seconds(22), perSecond: 5, lastGoodbye: .seconds(10), end: .seconds(21)),
        Case(sockets: 1, remaining: .seconds(22), perSecond: 5, lastGoodbye: .seconds(0.2), end: .seconds(21)),
        // Much time makes nobody slower.
        Case(sockets: 1_000, remaining: .seconds(100), perSecond: 50, lastGoodbye: .seconds(20), end: .seconds(99)),
        // Little time makes everybody faster, and leaves a part for answers.
        Case(
            sockets: 1_000, remaining: .seconds(12), perSecond: 100, lastGoodbye: .seconds(10), end: .seconds(11),
            isHurried: true),
        Case(
            sockets: 300, remaining: .seconds(4), perSecond: 100, lastGoodbye: .seconds(3), end: .seconds(3.25),
            isHurried: true),
        Case(
            sockets: 30, remaining: .zero, perSecond: 300, lastGoodbye: .milliseconds(100), end: .milliseconds(100),
            isHurried: true),
        Case(
            sockets: 30, remaining: .seconds(-3), perSecond: 300, lastGoodbye: .milliseconds(100),
            end: .milliseconds(100), isHurried: true),
        Case(sockets: 0, remaining: .seconds(22), perSecond: 5, lastGoodbye: .zero, end: .seconds(21)),
    ])
    func stagesFitTheTime(_ expected: Case) {
        let schedule = DrainSchedule(sockets: expected.sockets, remaining: expected.remaining)
        #expect(abs(schedule.perSecond - expected.perSecond) < 1e-6)
        #expect(schedule.lastGoodbye == expected.lastGoodbye)
        #expect(schedule.end == expected.end)
        #expect(schedule.isHurried == expected.isHurried)
    }

    @Test(arguments: [0, 1, 3, 20, 99, 100, 101, 1_234, 10_000], [2.0, 12, 22, 60])
    func everySecondHasItsShareAndNobodyIsLeftOut(_ sockets: Int, _ seconds: Double) {
        let schedule = DrainSchedule(sockets: sockets, remaining: .seconds(seconds))
        var dues: [Int] = []
        var elapsed = Duration.zero
        while elapsed < schedule.lastGoodbye {
            dues.append(schedule.due(after: elapsed))
            elapsed += DrainSchedule.slice
        }
        #expect(dues == dues.sorted())
        #expect(dues.last ?? 0 == sockets)
        for index in dues.indices {
            let before = index < 10 ? 0 : dues[index - 10]
            #expect(dues[index] - before <= Int(schedule.perSecond.rounded(.up)) + 1)
        }
    }

    @Test func aStallIsCaughtUpAndTheEndTakesTheRest() {
        let schedule = DrainSchedule(sockets: 1_000, remaining: .seconds(22))
        #expect(schedule.due(after: .zero) == 5)
        #expect(schedule.due(after: .seconds(9.9)) == 500)
        #expect(schedule.due(after: .seconds(3_600)) == 1_000)
        #expect(schedule.patience(after: .seconds(20)) == .milliseconds(1_050))
        #expect(schedule.patience(after: .seconds(3_600)) == .milliseconds(50))
    }
}
