import Testing

@testable import WebEdge

@Suite struct AcceptedTypesTests {
    @Test(arguments: [
        (["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"], true),
        (["text/html"], true), (["TEXT/HTML"], true), (["text/*, application/json;q=0.9"], true),
        (["text/html ; q=0.9", "application/json;q=0.8"], true), (["text/html;level=1;q=0.4, */*;q=0.3"], true),
        ([], false), ([""], false), (["*/*"], false), (["application/json"], false),
        (["text/html, application/json"], false), (["text/html;q=0.2, application/json;q=0.3"], false),
        (["text/html;q=0, */*"], false), (["text/html;q=2"], false), (["text/html;q=x"], false),
        (["text"], false), ([",;,;q=1,/"], false), (["application/*, text/html;q=0.5"], false),
    ])
    func clientsThatPreferHTMLGetThePage(fields: [String], expected: Bool) {
        #expect(AcceptedTypes(fields).prefer("text/html", to: "application/json") == expected)
    }
}
