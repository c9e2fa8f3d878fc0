import Foundation
import Testing

@testable import ChatServer

struct ProcessorTimeTests {
    @Test func theFieldsAreFoundAfterAnyName() {
        let rest = "S 1 2 3 4 5 6 7 8 9 10 111 222 13 14"
        #expect(ProcessorTime.ticks(in: "42 (webchat) \(rest)") == 333)
        #expect(ProcessorTime.ticks(in: "42 (a ) name) \(rest)") == 333)
    }

    @Test(arguments: ["", "42 (webchat", "42 (webchat) S 1 2", "42 (webchat) S 1 2 3 4 5 6 7 8 9 10 x y 13"])
    func invalidStatsAreRejected(text: String) {
        #expect(ProcessorTime.ticks(in: text) == nil)
    }

    #if os(Linux)
        @Test func theTimeOfThisProcessGrows() throws {
            let time = try ProcessorTime(of: getpid())
            let before = try time.seconds()
            var sum = 0
            while try time.seconds() == before { for number in 0..<100_000 { sum &+= number } }
            #expect(try time.seconds() > before)
        }

        @Test func aMissingProcessIsReported() {
            #expect(throws: CrowdRefusal.self) { try ProcessorTime(of: -1) }
        }
    #endif
}
