import Foundation
import TestSupport
import Testing

@testable import S3

struct S3DateTests {
    @Test func timesAreThoseOfTheCalendar() throws {
        var random = SeededGenerator(seed: .random(in: 0...UInt64.max))
        let compact = Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted)
        let full = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let edges: [Int64] = [0, 951_782_400, 1_709_164_799, 4_107_542_400, 253_402_300_799]
        for seconds in edges + (0..<1_000).map({ _ in Int64.random(in: 0..<253_402_300_799, using: &random) }) {
            let date = Date(timeIntervalSince1970: TimeInterval(seconds))
            #expect(S3Date.stamp(seconds) == date.formatted(compact))
            #expect(S3Date.milliseconds(date.formatted(full)) == seconds * 1_000)
            #expect(S3Date.milliseconds(date.formatted(.iso8601)) == seconds * 1_000)
        }
        #expect(S3Date.stamp(.min) == "19700101T000000Z")
        #expect(S3Date.stamp(.max) == "99991231T235959Z")
        #expect(S3Date.milliseconds("2009-10-12T17:50:30.1Z") == 1_255_369_830_100)
        #expect(S3Date.milliseconds("0000-01-01T00:00:00Z") == -62_167_219_200_000)
    }

    @Test(arguments: [
        "", "Z", "2009-10-12", "2009-10-12T17:50:30", "2009-13-12T17:50:30Z", "2009-00-12T17:50:30Z",
        "2009-10-32T17:50:30Z", "2009-10-12T24:50:30Z", "2009-10-12T17:50:30+02:00", "2009-10-12T17:50:30.xZ",
        "x009-10-12T17:50:30Z", "99999999999-01-01T00:00:00Z",
    ])
    func whatIsNoTimeIsNone(text: String) {
        #expect(S3Date.milliseconds(text) == nil)
    }
}
