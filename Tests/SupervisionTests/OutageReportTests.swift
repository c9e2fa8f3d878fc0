import Supervision
import Testing

@Suite struct OutageReportTests {
    private let start = ContinuousClock.now

    @Test func anOutageIsReportedAtItsStartEachMinuteAndAtItsEnd() {
        var report = OutageReport()
        var told: [(at: Int, OutageReport.Telling)] = []
        for second in 0...150 {
            let telling = report.failed(now: start + .seconds(second))
            if telling != .nothing { told.append((second, telling)) }
        }
        #expect(told.map(\.at) == [0, 60, 120])
        #expect(
            told.map(\.1) == [
                .begins, .goesOn(failures: 60, within: .seconds(60)), .goesOn(failures: 60, within: .seconds(60)),
            ])
        #expect(report.ended(now: start + .seconds(152)) == .init(lasted: .seconds(152), failures: 151))
        #expect(report.ended(now: start + .seconds(153)) == nil, "it is over")
        #expect(report.failed(now: start + .seconds(154)) == .begins)
    }

    @Test func withoutAFailureThereIsNoEnd() {
        var report = OutageReport()
        #expect(report.ended(now: start) == nil)
    }

    @Test func rareFailuresAreEachReportedWithTheTimeBetween() {
        var report = OutageReport()
        #expect(report.failed(now: start) == .begins)
        #expect(report.failed(now: start + .seconds(3_600)) == .goesOn(failures: 1, within: .seconds(3_600)))
    }

    @Test func anOutageMayBeginBeforeItsFirstFailure() {
        var report = OutageReport()
        #expect(report.failed(now: start + .seconds(2), since: start) == .begins)
        #expect(report.ended(now: start + .seconds(3)) == .init(lasted: .seconds(3), failures: 1))
    }
}
