import Foundation
import Logging
import NIOCore
import Testing

@testable import WebEdge

@Suite struct FoldedPagesTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A directory of files, for a while.
    private struct Directory {
        let path = FileManager.default.temporaryDirectory.appending(path: "webchat-\(UUID())").path

        init(_ files: [String: String]) throws {
            try FileManager.default.createDirectory(atPath: path + "/js", withIntermediateDirectories: true)
            for (name, text) in files { try write(text, to: name) }
        }

        /// Of an old date, as what is copied with its times.
        func write(_ text: String, to name: String, modified: Date = Date(timeIntervalSince1970: 1_000)) throws {
            try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
            try FileManager.default.setAttributes([.modificationDate: modified], ofItemAtPath: "\(path)/\(name)")
        }

        func remove() { try? FileManager.default.removeItem(atPath: path) }
    }

    private static let files = [
        "index.html": "<script type=\"module\" src=\"/static/js/main.js\"></script>",
        "js/main.js": "import { a } from \"./a.js\";\na();",
        "js/a.js": "export const a = 1;",
    ]

    @Test("whatever of a page changes is seen when it is asked for again, and in what its ETag is made of")
    func changes() async throws {
        let directory = try Directory(Self.files)
        defer { directory.remove() }
        let pages = FoldedPages(directory: directory.path, patience: .zero, logger: Self.quiet)
        let script = directory.path + "/@index/js/main.js"

        let first = try #require(try await pages.file(at: script))
        #expect(String(buffer: first.content).contains("const a = 1;"))
        #expect(pages.content(of: script) == first.content)
        try await #expect(pages.file(at: script)?.modified == first.modified)

        // As long as before, and older than another part.
        try directory.write("export const a = 2;", to: "js/a.js", modified: Date(timeIntervalSince1970: 500))
        let second = try #require(try await pages.file(at: script))
        #expect(String(buffer: second.content).contains("const a = 2;"))
        #expect(second.modified != first.modified && second.content.readableBytes == first.content.readableBytes)
        #expect(Int(second.modified.timeIntervalSince1970) == 1_000)

        try directory.write("export default 1;", to: "js/a.js")
        try await #expect(pages.file(at: script) == nil)
        try await #expect(pages.file(at: directory.path + "/index.html") == nil)
        #expect(pages.content(of: script) == nil)

        try FileManager.default.removeItem(atPath: directory.path + "/js/a.js")
        try await #expect(pages.file(at: script) == nil)
        try directory.write("export const a = 3;", to: "js/a.js")
        try await #expect(pages.file(at: script) != nil)
    }

    @Test("files are not looked at again for a moment")
    func patience() async throws {
        let directory = try Directory(Self.files)
        defer { directory.remove() }
        let pages = FoldedPages(directory: directory.path, patience: .hours(1), logger: Self.quiet)
        let page = directory.path + "/index.html"
        let first = try #require(try await pages.file(at: page))
        try FileManager.default.removeItem(atPath: page)
        try await #expect(pages.file(at: page)?.content == first.content)
    }

    @Test(
        "other files are what they are on the disk",
        arguments: [
            "js/main.js", "@index/js/a.js", "@index/", "@other/js/main.js", "js/a.html", "other.html", "@index",
        ])
    func others(path: String) async throws {
        let directory = try Directory(Self.files)
        defer { directory.remove() }
        let pages = FoldedPages(directory: directory.path, logger: Self.quiet)
        try await #expect(pages.file(at: "\(directory.path)/\(path)") == nil)
    }
}
