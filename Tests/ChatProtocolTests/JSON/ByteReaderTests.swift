import ChatProtocol
import NIOCore
import TestSupport
import Testing

/// Inputs in the manner of JSONTestSuite (https://github.com/nst/JSONTestSuite).
@Suite struct ByteReaderTests {
    @Test(arguments: [
        "{}", "[]", " [ ] ", "null", "true", "false", "0", "-0", "-1.5e+10", "1E-2", "\"\"",
        "[1,2,[3,{\"a\":null}]]",
        "{\"a\":{\"a\":1},\"b\":{\"a\":2}}", "\t\r\n {\"\":0} ", "\"\\u0000\"", "\"\\uD834\\uDD1E\"", "\"\u{7F}\"",
        "\"\u{2028}\"", "1e400", "123456789012345678901234567890", "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]",
    ])
    func validJSONIsRead(_ text: String) throws {
        try skip(Array(text.utf8))
    }

    @Test(arguments: [
        "", " ", "{", "[", "]", "}", "{]", "[1,]", "[,1]", "[1 2]", "{,}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
        "{a:1}",
        "{'a':1}", "{1:1}", "{\"a\":1 \"b\":2}", "nul", "nulll", "True", "NaN", "Infinity", "-", "+1", "01", "-01",
        "1.",
        ".5", "1e", "1e+", "0x1", "1a", "--1", "\"", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u123g\"", "\"\n\"",
        "\"\u{0}\"", "\"\\uD800\"", "\"\\uDC00\"", "\"\\uD800\\n\"", "\"\\uD800\\uD800\"", "\"\\uD800x\"", "{} {}",
        "[]x", "//\n{}", "{\"a\":1,\"a\":1}", "{\"a\":{\"b\":1,\"\\u0062\":2}}",
        "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]",
        "\u{FEFF}{}", "\u{A0}[]",
    ])
    func invalidJSONIsRejected(_ text: String) {
        #expect(throws: JSONError.self) { try skip(Array(text.utf8)) }
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0xAF], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF],
            [0x5C, 0x6E, 0xC3],
        ] as [[UInt8]])
    func invalidUTF8InStringsIsRejected(_ bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try skip([0x22] + bytes + [0x22]) }
    }

    @Test func stringsAreUnescaped() throws {
        let text = #""a\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\ude00é""#
        let value = try read(text) { (reader) throws(JSONError) in try reader.readString() }
        #expect(value == "a\"\\/\u{8}\u{C}\n\r\té€😀é")
    }

    @Test func numbersKeepTheirTextAndNeverTrap() throws {
        func number(_ text: String) throws -> JSONNumber {
            try read(text) { (reader) throws(JSONError) in try reader.readNumber() }
        }
        #expect(try number("9223372036854775807").int64 == .max)
        #expect(try number("9223372036854775808").int64 == nil)
        #expect(try number("-0").int64 == 0)
        #expect(try number("1.0").int64 == nil)
        #expect(try number("1.5e3").double == 1500)
        #expect(try number("1e400").double == nil)
        #expect(try number(String(repeating: "9", count: 10_000)).double == nil)
        #expect(try number("1e-999999999999999999999").double == 0)
        #expect(try number("1.10").token == "1.10")
    }

    @Test func stringsKeepTheirToken() throws {
        let (value, token) = try read(#" "a\u0041" "#) { (reader) throws(JSONError) in
            try reader.readStringWithToken()
        }
        #expect(value == "aA")
        #expect(token == #""a\u0041""#)
    }

    @Test func duplicateNamesAreFoundAmongMany() {
        let members = (0..<100).map { "\"name\($0)\":0" }
        #expect(throws: Never.self) { try skip(Array("{\(members.joined(separator: ","))}".utf8)) }
        #expect(throws: JSONError.self) {
            try skip(Array("{\((members + ["\"name7\":0"]).joined(separator: ","))}".utf8))
        }
    }

    @Test func mutatedFramesNeverTrap() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededGenerator(seed: seed)
        let sample = Array(
            #"{"type":"chat","room":"a","text":"\ud83d\ude00 é\n","key":"k","x":[1,-2.5e+3,null,true]}"#.utf8)
        var survivors = 0
        for _ in 0..<5_000 {
            var bytes = sample
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
                case 1: bytes.removeSubrange(place...)
                default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: place)
                }
                if bytes.isEmpty { break }
            }
            if (try? skip(bytes)) != nil { survivors += 1 }
            _ = try? ClientFrame(parsing: ByteBuffer(bytes: bytes))
            _ = try? ServerFrame(parsing: ByteBuffer(bytes: bytes))
        }
        #expect((1..<5_000).contains(survivors), "seed \(seed)")
    }

    private func skip(_ bytes: [UInt8]) throws(JSONError) {
        try ByteReader.read(ByteBuffer(bytes: bytes)) { (reader) throws(JSONError) in try reader.skip() }
    }

    private func read<Value>(
        _ text: String, _ body: (inout ByteReader) throws(JSONError) -> Value
    ) throws(JSONError) -> Value {
        try ByteReader.read(ByteBuffer(string: text), body)
    }
}
