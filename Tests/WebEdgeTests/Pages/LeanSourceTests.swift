import Testing

@testable import WebEdge

@Suite struct LeanSourceTests {
    @Test(
        "comments that have their lines to themselves, indentation and empty lines go; code stays",
        arguments: [
            ("a;\n\n  b;\n", "a;\nb;"),
            ("// why\nlet a; // beside\n", "let a; // beside"),
            ("/**\n * Why.\n */\nclass A {}", "class A {}"),
            ("/* a\n\n// b */  \nc();", "c();"),
            ("  /** @type {A} */\n  a;", "a;"),
            ("  f((/** @type {A} */ a, /** @type {B} */ b) => a);", "f((a, b) => a);"),
            ("a /* why */ + b; /** @type */", "a /* why */ + b; /** @type */"),
            ("/* why */ a();", "/* why */ a();"),
            ("/*! licence */\na();", "/*! licence */\na();"),
            ("f(\"http://a\");", "f(\"http://a\");"),
            ("let a = `${b}`;", "let a = `${b}`;"),
            ("", ""),
        ])
    func lean(source: String, sent: String) { #expect(LeanSource.lean(source, .script) == sent) }

    @Test(
        "a source in which something goes on from line to line, or may, stays as it is",
        arguments: [
            "a(`\n  // said\n`);", "a(`${b.map((c) => `\n  ${c}\n`)}`);", "a(`\\`\n  b`);", "let a = /`/;\n  b();",
            "let a = 'b\\\n    c';", "a(); /* why\n  // not */ b();", "/* a\n */ b();\n  c();",
            "/* a */ b(); /* c\n  d */", "/*! licence\n    of mine */\n  a();", "/* never closed */ a(); /*\n  a",
            "// why\r\na();\r\n",
            "// why\u{2028}a();\n  b();", "a(`\u{301}\n  b\n`\u{301});",
        ])
    func unsure(source: String) { #expect(LeanSource.lean(source, .script) == nil) }

    @Test(
        "what is no type stays",
        arguments: [
            "f(/** @type {A} */(a), /* b */ c);", "return/** @type {A} */ a;", "f(\"/** @type {A} */ \");",
            "f('/** @type {A} */ ');",
        ])
    func types(source: String) { #expect(LeanSource.lean(source, .script) == source) }

    @Test(
        "a style sheet has comments of one kind, and no types",
        arguments: [
            ("/* a */\n.b {\n  c: d;\n}\n", ".b {\nc: d;\n}"),
            (".a {\n  // b: c;\n  d: e;\n}", ".a {\n// b: c;\nd: e;\n}"),
            (".a { /** @b */ c: d; }", ".a { /** @b */ c: d; }"),
        ])
    func styleSheet(source: String, sent: String) { #expect(LeanSource.lean(source, .styleSheet) == sent) }

    @Test("what is neither script nor style sheet is sent as it is", arguments: ["icon.svg", "js", "a.json", "a.html"])
    func others(name: String) { #expect(LeanSource.Language(of: name) == nil) }
}
