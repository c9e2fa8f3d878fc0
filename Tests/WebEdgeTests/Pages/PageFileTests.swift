import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import TestSupport
import Testing

@testable import WebEdge

@Suite struct PageFileTests {
    private static let text = (0..<300).map { "line \($0)\n" }.joined()
    private static let file = PageFile(ByteBuffer(string: text), name: "js/main.js")

    private static func answer(_ method: HTTPRequest.Method, _ headers: [(HTTPField.Name, String)]) -> Response {
        var fields = HTTPFields()
        for (name, value) in headers { fields.append(HTTPField(name: name, value: value)) }
        let head = HTTPRequest(method: method, scheme: nil, authority: "h", path: "/", headerFields: fields)
        return file.answer(to: Request(head: head, body: RequestBody(buffer: ByteBuffer())))
    }

    @Test func lengthRangeAndEncodingOfEveryResponseAreConsistent() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let size = Self.text.utf8.count
        let numbers = ["", "0", "5", "17", "\(size - 1)", "\(size)", "99999999", "9223372036854775808", "-1", "x"]
        let tags = [
            "*", Self.file.tag(isCompressed: false), Self.file.tag(isCompressed: true), "\"a\"",
            "W/\(Self.file.tag(isCompressed: false))", "\"a\" , W/\"b\"", "",
        ]
        for number in 0..<5_000 {
            let method: HTTPRequest.Method = Bool.random(using: &generator) ? .get : .head
            var headers: [(HTTPField.Name, String)] = []
            if Bool.random(using: &generator) {
                let bounds = (0..<2).map { _ in numbers.randomElement(using: &generator) ?? "" }
                headers.append((.range, "bytes=\(bounds[0])-\(bounds[1])"))
            }
            for name in [HTTPField.Name.ifNoneMatch, .ifMatch, .ifRange]
            where Int.random(in: 0..<3, using: &generator) == 0 {
                headers.append((name, tags.randomElement(using: &generator) ?? ""))
            }
            if Bool.random(using: &generator) { headers.append((.acceptEncoding, "gzip")) }
            let answer = Self.answer(method, headers)
            // Only made for a failure: it takes longer than all the rest.
            func hint() -> Comment { "seed \(seed), \(number): \(method) \(headers): \(answer)" }

            let length = try #require(answer.headers[.contentLength].flatMap { Int($0) }, hint())
            #expect(length >= 0 && (answer.body.contentLength == 0 || answer.body.contentLength == length), hint())
            switch answer.status {
            case .ok, .notModified:
                let isPacked = answer.headers[.contentEncoding] == "gzip"
                #expect(length == (isPacked ? Self.file.compressed?.readableBytes : size), hint())
                #expect(answer.headers[.eTag] == Self.file.tag(isCompressed: isPacked), hint())
                #expect(answer.headers[.vary] == "Accept-Encoding", hint())
            case .partialContent:
                #expect(method == .get && (1...size).contains(length), hint())
                let told = try #require(answer.headers[.contentRange], hint())
                let bounds = told.dropFirst(6).split { $0 == "-" || $0 == "/" }.compactMap { Int($0) }
                #expect(bounds.count == 3 && bounds[1] - bounds[0] + 1 == length && bounds[2] == size, hint())
            case .rangeNotSatisfiable:
                #expect(method == .get && answer.headers[.contentRange] == "bytes */\(size)", hint())
            case .preconditionFailed: #expect(headers.contains { $0.0 == .ifMatch }, hint())
            case let other: Issue.record("\(other): \(hint())")
            }
        }
    }

    @Test func entityTagsMatchInListsWeakAndAsAWildcard() throws {
        let tag = Self.file.tag(isCompressed: false)
        let packed = Self.file.tag(isCompressed: true)
        #expect(tag != packed)
        for known in [tag, "W/\(tag)", "*", "\"a\", \(tag)", "\"a\",W/\(tag) , \"b\""] {
            #expect(Self.answer(.get, [(.ifNoneMatch, known)]).status == .notModified)
        }
        #expect(Self.answer(.get, [(.ifNoneMatch, "\"a\""), (.ifNoneMatch, tag)]).status == .notModified)
        for other in ["\"a\"", "", "W/\"a\"", packed, tag + "x"] {
            #expect(Self.answer(.get, [(.ifNoneMatch, other)]).status == .ok)
        }
        #expect(Self.answer(.get, [(.ifNoneMatch, packed), (.acceptEncoding, "gzip")]).status == .notModified)
        #expect(Self.answer(.get, [(.ifMatch, "W/\(tag)")]).status == .preconditionFailed)
        for (ifRange, status) in [(tag, HTTPResponse.Status.partialContent), ("\"a\"", .ok), ("W/\(tag)", .ok)] {
            #expect(Self.answer(.get, [(.range, "bytes=0-1"), (.ifRange, ifRange)]).status == status)
        }
    }

    @Test(arguments: [
        ("bytes=0-0", ByteRange.part(0..<1)), ("bytes=-5", .part(95..<100)), ("bytes=-500", .part(0..<100)),
        ("bytes=90-", .part(90..<100)), ("Bytes=90-1000", .part(90..<100)), ("bytes=100-", .unsatisfiable),
        ("bytes=-0", .unsatisfiable), ("bytes=9-2", .unsatisfiable),
        ("bytes=99999999999999999999-", .unsatisfiable), ("bytes=0-1,5-6", nil),
        ("bytes=", nil), ("bytes=-", nil), ("bytes=+1-2", nil), ("bytes=1-2-3", nil), ("lines=1-2", nil),
        ("bytes=a-b", nil), ("", nil),
    ])
    func rangesAreSatisfiableUnsatisfiableOrIgnored(field: String, range: ByteRange?) {
        #expect(ByteRange(field, of: 100) == range)
        if let empty = ByteRange(field, of: 0) { #expect(empty == .unsatisfiable) }
    }

    @Test(arguments: [
        ("gzip", true), ("GZIP", true), ("deflate, gzip;q=1.0", true), ("*", true), ("x-gzip", true),
        ("gzip;q=0.001", true), ("gzip;q=0", false), ("gzip; q=0.5, identity;q=0.6", false), ("identity", false),
        ("", false), ("*;q=0", false), ("gzip;q=0, *", false), ("gzip;q=2", false), ("gzip;q=nan", false),
    ])
    func gzipIsSentUnlessTheClientPrefersIdentity(field: String, takesGzip: Bool) {
        #expect(WeightedValues([field]).takesGzip == takesGzip)
    }

    @Test func cachedBytesAreBoundedAndOversizedFilesAreNotServed() async throws {
        let directory = TemporaryDirectory()
        let (size, kept) = (10_000, 40_000)
        let files = PageFiles(maximumSize: size, maximumKept: kept)
        for number in 0..<6 {
            let path = directory.url.appending(path: "\(number).png")
            try Data(repeating: UInt8(number), count: size).write(to: path)
            let file = try #require(try await files.file(at: path.path))
            #expect(file.content.readableBytes == size && file.compressed == nil)
            #expect(files.keptBytes <= kept)
        }
        let path = directory.url.appending(path: "large.png")
        try Data(count: size + 1).write(to: path)
        try await #expect(files.file(at: path.path) == nil)
        try await #expect(files.file(at: directory.path) == nil, "a directory")
    }
}
