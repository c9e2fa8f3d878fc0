import ChatModel
import Foundation
import NIOCore
import TestSupport
import Testing

@testable import WebEdge

@Suite struct UploadLimitTests {
    @Test func anHourOfUploadsMayComeAtOnceAndNoMore() throws {
        let quota = UploadQuota(megabytesPerHour: 1)
        let start = NIODeadline.uptimeNanoseconds(1)
        #expect(quota.take(1_000_000, for: "ann", at: start) == nil)
        #expect(quota.take(48_576, for: "ann", at: start) == nil)
        let wait = try #require(quota.take(524_288, for: "ann", at: start))
        #expect(abs(wait - 1_800_000) < 1_000)
        #expect(quota.take(1, for: "bob", at: start) == nil)
        #expect(quota.take(524_288, for: "ann", at: start + .minutes(31)) == nil)
        #expect(quota.take(524_288, for: "ann", at: start + .minutes(31)) != nil)
        #expect(UploadQuota(megabytesPerHour: 0).take(.max, for: "ann", at: start) == nil)
    }

    @Test func placesAreLimitedByAddressAndNode() {
        let places = UploadPlaces()
        for _ in 0..<UploadPlaces.mostOfAddress { #expect(places.take("a") == nil) }
        #expect(places.take("a") == .address)
        for number in 0..<UploadPlaces.most - UploadPlaces.mostOfAddress { #expect(places.take("\(number)") == nil) }
        #expect(places.take("b") == .node)
        places.leave("a")
        #expect(places.take("b") == nil)
        places.leave("b")
        #expect(places.count == UploadPlaces.most - 1)
    }

    /// Whatever a path ends with, the header is one line of harmless ASCII from which the name can be read.
    @Test func generatedNamesAreSafeInTheHeader() throws {
        var generator = SeededGenerator(seed: 5)
        let pool = Array("aZ9.-_ /\\\"';,%=\r\n\t\0ü😀\u{202E}".unicodeScalars)
        for _ in 0..<2_000 {
            let scalars = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                pool.randomElement(using: &generator)!
            }
            let name = String(String.UnicodeScalarView(scalars))
            let path = "/files/a/b/" + (name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
            let header = FileRoutes.disposition(of: path, isShown: false)
            #expect(header.wholeMatch(of: /attachment; filename\*=UTF-8''[A-Za-z0-9._%-]+/) != nil, "\(header)")
            let read = header.split(separator: "''").last.flatMap { String($0).removingPercentEncoding }
            #expect(read == FileName(name)?.description ?? "file")
        }
        #expect(FileRoutes.disposition(of: "/files/a/b/%zz", isShown: true) == "inline; filename*=UTF-8''file")
    }
}
