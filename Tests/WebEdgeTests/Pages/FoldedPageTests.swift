import Foundation
import Testing

@testable import WebEdge

@Suite struct FoldedPageTests {
    private static let html = """
        <script type="module" src="/static/js/main.js"></script>
        <link rel="modulepreload" href="/static/js/a.js" />
          <link rel="modulepreload" href="/static/js/later.js" />
        """

    private static func fold(_ sources: [String: String], html: String = html) throws -> FoldedPage? {
        try FoldedPage(html: html, folder: "@index/") { path throws(FoldedPage.Refusal) in
            guard let source = sources[path] else { throw FoldedPage.Refusal(reason: path) }
            return source
        }
    }

    @Test("a script has what it imports before it, each once, and what comes later uses the same")
    func folds() throws {
        let page = try #require(
            try Self.fold([
                "js/main.js":
                    "import { b as c } from \"./b.js\";\nimport { A } from \"./a.js\";\nc(A, () => import(\"./later.js\"));",
                "js/b.js": "import { A } from \"./a.js\";\nexport { A } from \"./a.js\";\nexport function b() {}",
                "js/a.js": "export class A {}\nawait 0;",
                "js/later.js": "import { A } from \"./a.js\";\nimport { d } from \"./d.js\";\nexport const e = d(A);",
                "js/d.js": "export { A as Again } from \"./a.js\";\nexport function d() {}",
            ]))
        #expect(
            page.scripts["@index/js/main.js"] == """
                globalThis.$$folded = {};
                const $$0 = await (async () => {
                // js/a.js
                class A {}
                await 0;
                return { A };
                })();
                $$folded["js/a.js"] = $$0;
                const $$1 = (() => {
                // js/b.js
                const { A } = $$0;
                function b() {}
                return { A: $$0.A, b };
                })();
                (() => {
                // js/main.js
                const { b: c } = $$1;
                const { A } = $$0;
                c(A, () => import("/static/@index/js/later.js"));
                })();

                """)
        #expect(
            page.scripts["@index/js/later.js"] == """
                const { A } = $$folded["js/a.js"];
                import { d } from "/static/@index/js/d.js";
                export const e = d(A);

                """)
        #expect(
            page.scripts["@index/js/d.js"] == """
                const $$A = $$folded["js/a.js"].A;
                export { $$A as Again };
                export function d() {}

                """)
        #expect(page.scripts.count == 3)
        #expect(
            page.html == """
                <script type="module" src="/static/@index/js/main.js"></script>
                <link rel="modulepreload" href="/static/js/later.js" />
                """)
    }

    @Test("text that is preformatted stays so", arguments: ["<pre>\n  a</pre>", "<textarea>\n  a</textarea>"])
    func preformatted(text: String) throws {
        let page = try #require(try Self.fold(["js/main.js": ""], html: Self.html + text))
        #expect(page.html.hasSuffix(text))
    }

    @Test("names that nobody else has are known to all; others to those only who import them")
    func names() throws {
        let page = try #require(
            try Self.fold([
                "js/main.js":
                    "import { Apple } from \"./Apple.js\";\nimport { find } from \"./find.js\";\nf(...find, Apple, a.pear);",
                "js/Apple.js":
                    "import { pear } from \"./pear.js\";\nexport class Apple { find = [...find]; pear() {} }",
                "js/find.js": "export const find = 1;",
                "js/pear.js": "export const pear = 1;",
            ]))
        #expect(
            page.scripts["@index/js/main.js"] == """
                globalThis.$$folded = {};
                const { pear } = (() => {
                const pear = 1;
                return { pear };
                })();
                const { Apple } = (() => {
                class Apple { find = [...find]; pear() {} }
                return { Apple };
                })();
                const $$2 = (() => {
                const find = 1;
                return { find };
                })();
                (() => {
                // js/main.js
                const { find } = $$2;
                f(...find, Apple, a.pear);
                })();

                """)
    }

    @Test(
        "what cannot be folded, or is not understood, is not",
        arguments: [
            [
                "js/main.js": "import { a } from \"./a.js\";",
                "js/a.js": "import { b } from \"./main.js\";\nexport const a = 1;",
            ],
            ["js/main.js": "import { b } from \"./a.js\";", "js/a.js": "export const a = 1, b = 2;"],
            ["js/main.js": "import { a } from \"./a.js\";\nimport(\"./a.js\");", "js/a.js": "export const a = 1;"],
            ["js/main.js": "import(\"./a.js\");", "js/a.js": "import b from \"./main.js\";"],
            ["js/main.js": "import { a } from \"./none.js\";"],
            ["js/main.js": "export default 1;"],
        ])
    func refuses(sources: [String: String]) {
        #expect(throws: FoldedPage.Refusal.self) { try Self.fold(sources) }
    }

    @Test(
        "a page with no script or with several stays as it is",
        arguments: ["<p>", html + html, "<script src=\"/static/a.js\">"])
    func others(html: String) throws { try #expect(Self.fold(["js/main.js": ""], html: html) == nil) }

    @Test("our own pages are folded", arguments: ["index": "js/main.js", "cluster": "js/cluster/main.js"])
    func ours(page: String, script: String) throws {
        let frontend = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../frontend").path
        let sources = PageSources(root: frontend + "/")
        let html = try sources.text(of: page + ".html")
        let folded = try #require(try FoldedPage(html: html, folder: "@\(page)/", read: sources.text(of:)))
        #expect(folded.scripts["@\(page)/\(script)"]?.contains("// js/words/speaker.js\n") == true)
        #expect(!folded.html.contains("modulepreload"))
    }
}
