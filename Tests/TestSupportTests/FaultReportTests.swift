import ChatClient
import ChatModel
import Foundation
import TestSupport
import Testing

struct FaultReportTests {
    @Test func aReportIsALineOfJSONWithTheCheckersFindings() throws {
        var checker = HistoryChecker()
        checker.observe(.violation("nonsense"), client: 0, user: .init("ann"))
        let report = FaultReport(
            fault: 14, title: "stopped", verdict: checker.verdict(), timeToHeal: .milliseconds(1_500),
            timeToAgree: .milliseconds(250), seed: 7)
        let encoded = try JSONEncoder().encode(report)
        #expect(!encoded.contains(UInt8(ascii: "\n")))
        let decoded = try JSONDecoder().decode(FaultReport.self, from: encoded)
        #expect(decoded.fault == 14)
        #expect(decoded.otherFaults == 1)
        #expect(decoded.lost == 0)
        #expect(decoded.secondsToHeal == 1.5)
        #expect(decoded.secondsToAgree == 0.25)
        #expect(decoded.seed == 7)
    }
}
