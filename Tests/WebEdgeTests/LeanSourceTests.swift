import Testing

@testable import WebEdge

@Suite struct LeanSourceTests {
    @Test(
        "comments that have their lines to themselves, indentation and empty lines go; code stays",
        arguments: [
            ("a;\n\n  b;\n", "a;\nb;"),
            ("// why\nlet a; // beside\n", "let a; // beside"),
            ("/**\n * Why.\n */\nclass A {}", "class A {}"),
            ("  /** @type {A} */\n  a;", "a;"),
            ("  f((/** @type {A} */ a, /** @type {B} */ b) => a);", "f((a, b) => a);"),
            ("a /* why */ + b; /** @type", "a /* why */ + b; /** @type"),
            ("/* why */ a();", "/* why */ a();"),
            ("/* a */\n.b {\n  c: d;\n}\n", ".b {\nc: d;\n}"),
            ("f(\"http://a\");", "f(\"http://a\");"),
            ("/* never closed\na", ""),
            ("", ""),
        ])
    func lean(source: String, sent: String) { #expect(LeanSource.lean(source) == sent) }

    @Test("what is no source is sent as it is", arguments: ["icon.svg", "js", "a.json"])
    func others(name: String) { #expect(!LeanSource.isSource(name)) }
}
