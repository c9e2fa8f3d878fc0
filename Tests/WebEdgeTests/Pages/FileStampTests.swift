import Foundation
import TestSupport
import Testing

@testable import WebEdge

@Suite struct FileStampTests {
    @Test func onlyFilesAndLinksToThemHaveAStamp() throws {
        let directory = TemporaryDirectory()
        let file = try directory.write("one", to: "a.js")
        let link = directory.path + "/b.js"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "a.js")

        let stamp = try #require(FileStamp(of: file))
        #expect(stamp.size == 3)
        #expect(FileStamp(of: link) == stamp)
        for path in [directory.path, file + "/", file + "/.", link + "/", directory.path + "/c.js", ""] {
            #expect(FileStamp(of: path) == nil, "\(path)")
        }
    }

    @Test func aRewrittenFileHasANewStamp() throws {
        let directory = TemporaryDirectory()
        let path = try directory.write("one", to: "a.js")
        let before = try #require(FileStamp(of: path))
        let later = Date(timeIntervalSinceNow: 0.001)
        try FileManager.default.setAttributes([.modificationDate: later], ofItemAtPath: path)
        #expect(FileStamp(of: path) != before)
    }
}
