import Foundation
import Testing

@testable import WebEdge

@Suite struct FileStampTests {
    @Test func onlyFilesAndLinksToThemHaveAStamp() throws {
        let directory = FileManager.default.temporaryDirectory.appending(component: UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.path + "/a.js"
        let link = directory.path + "/b.js"
        try Data("one".utf8).write(to: URL(fileURLWithPath: file))
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "a.js")

        let stamp = try #require(FileStamp(of: file))
        #expect(stamp.size == 3)
        #expect(FileStamp(of: link) == stamp)
        for path in [directory.path, file + "/", file + "/.", link + "/", directory.path + "/c.js", ""] {
            #expect(FileStamp(of: path) == nil, "\(path)")
        }
    }

    @Test func aRewrittenFileHasANewStamp() throws {
        let path = FileManager.default.temporaryDirectory.appending(component: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("one".utf8).write(to: URL(fileURLWithPath: path))
        let before = try #require(FileStamp(of: path))
        let later = Date(timeIntervalSinceNow: 0.001)
        try FileManager.default.setAttributes([.modificationDate: later], ofItemAtPath: path)
        #expect(FileStamp(of: path) != before)
    }
}
