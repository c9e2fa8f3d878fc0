import TestSupport
import Testing

@testable import S3

struct XMLReaderTests {
    private func elements(_ text: String) throws -> [String] {
        var found: [String] = []
        try XMLReader.read(Array(text.utf8)) { found.append("\($0.joined(separator: "/"))=\($1)") }
        return found
    }

    @Test func elementsComeWithTheirText() throws {
        let text = """
            \u{FEFF}<?xml version="1.0" encoding="UTF-8"?>
            <!-- a > b --><a xmlns='http://s3.amazonaws.com/doc/2006-03-01/' b = "1>2"><s:b x='y'> 1 &amp; 2
            </s:b><c/><d >&#x1F600;&#65;&lt;&gt;&quot;&apos;<![CDATA[<&amp;>]]]]></d></a>
            <!-- end -->
            """
        #expect(try elements(text) == ["a/b= 1 & 2\n", "a/c=", "a/d=😀A<>\"'<&amp;>]]", "a="])
    }

    @Test(arguments: [
        "", " ", "text", "<a>", "</a>", "<a></b>", "<a/><b/>", "<a/>x", "x<a/>", "<a><b></a></b>", "<a b></a>",
        "<a b=c/>",
        "<a b='c/>", "<a / >", "<>x</>", "<a>&nbsp;</a>", "<a>&</a>", "<a>&#xD800;</a>", "<a>&#99999999999;</a>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "<!-- ", "<a><![CDATA[", "<?xml", "<![CDATA[x]]>",
        String(repeating: "<a>", count: 17) + String(repeating: "</a>", count: 17),
    ])
    func whatIsNoSuchDocumentIsRefused(text: String) {
        #expect(throws: XMLReader.Fault.self) { try elements(text) }
    }

    @Test func anyTextComesBack() throws {
        var random = AnyText(seed: .random(in: 0...UInt64.max))
        for _ in 0..<500 {
            let text = random.anything(longest: 60)
            let escaped = text.unicodeScalars.map { scalar in
                switch scalar {
                case "&": "&amp;"
                case "<": "&lt;"
                default: Bool.random(using: &random.generator) ? String(scalar) : "&#\(scalar.value);"
                }
            }
            #expect(try elements("<a>\(escaped.joined())</a>") == ["a=\(text)"])
        }
    }
}
