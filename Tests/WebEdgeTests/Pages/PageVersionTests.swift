import Foundation
import NIOCore
import TestSupport
import Testing

@testable import WebEdge

@Suite struct PageVersionTests {
    private static let names = ["index.html", "worker.js", "js/main.js", "base.css", "icon.svg"]

    private static func version(
        of directory: TemporaryDirectory, policy: String = "default-src 'none'"
    ) async throws -> PageVersion? {
        // Its own files each time: one remembers a version for a second.
        try await PageFiles().version(of: directory.path + "/", policy: policy)
    }

    private static func page() throws -> TemporaryDirectory {
        let directory = TemporaryDirectory()
        for name in names { try directory.write("text of \(name)", to: name) }
        return directory
    }

    @Test func theWorkerBeginsWithTheVersionAndTheHashOfEachFile() async throws {
        let directory = try Self.page()
        for name in ["README.md", ".hidden.js", "js/.git/a.js", "js/ä.js", "js/a b.js", "js/types.d.ts"] {
            try directory.write("no part of the page", to: name)
        }
        let version = try #require(await Self.version(of: directory))
        let script = String(buffer: version.worker.content)
        let (head, rest) = (script.prefix { $0 != "\n" }, script.drop { $0 != "\n" }.dropFirst())
        #expect(rest == "text of worker.js")
        let json = head.dropFirst("const page = ".count).dropLast()
        let list = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        #expect(list["version"] as? String == version.name)
        let files = try #require(list["files"] as? [String: String])
        #expect(files.keys.sorted() == Self.names.sorted())
        // printf 'text of base.css' | openssl dgst -sha256 -binary | base64
        #expect(files["base.css"] == "sha256-cCBcw9ekdDnFrAgjHFQtxf3pbr+uThXVIstUlLJFA+8=")
    }

    @Test(arguments: names)
    func aChangeOfAnyFileIsAnotherVersion(name: String) async throws {
        let first = try Self.page()
        let second = try Self.page()
        let before = try await Self.version(of: first)?.name
        try await #expect(Self.version(of: second)?.name == before)
        try second.write("another text", to: name)
        try await #expect(Self.version(of: second)?.name != before)
        try first.write("text of \(name)", to: "js/new.js")
        try await #expect(Self.version(of: first)?.name != before)
    }

    /// Browsers store the page with its headers.
    @Test func aChangeOfThePolicyIsAnotherVersion() async throws {
        let directory = try Self.page()
        let before = try await Self.version(of: directory)?.name
        try await #expect(Self.version(of: directory, policy: "default-src 'self'")?.name != before)
    }

    @Test func withoutAWorkerOrWithTooManyFilesThereIsNoVersion() async throws {
        let directory = try Self.page()
        try FileManager.default.removeItem(atPath: directory.path + "/worker.js")
        try await #expect(Self.version(of: directory) == nil)
        try directory.write("", to: "worker.js")
        try await #expect(Self.version(of: directory) != nil)
        for number in 0...1_000 { try directory.write("", to: "\(number).js") }
        try await #expect(Self.version(of: directory) == nil)
    }

    @Test(arguments: [true, false])
    func thePageIsTaggedWithItsVersionUnlessItDoesNotWorkOffline(worksOffline: Bool) async throws {
        try await EdgeFixture.run(configure: { $0.worksOffline = worksOffline }) { edge in
            let worker = try await edge.get("/worker.js")
            #expect(worker["Content-Type"] == "text/javascript; charset=utf-8")
            #expect(worker["Cache-Control"] == "no-cache")
            let tag = try #require(await edge.get("/")["ETag"])
            if worksOffline {
                #expect(worker.body.hasPrefix(#"const page = {"version":\#(tag),"#))
            } else {
                #expect(worker.body.contains("registration.unregister()"))
            }
            try await #expect(edge.get("/", "If-None-Match: \(tag)").status == 304)
            try await #expect(edge.get("/index.html", "If-None-Match: \(tag)").status == 304)
        }
    }
}
