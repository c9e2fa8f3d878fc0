import Testing

@testable import WebEdge

@Suite struct ScriptModuleTests {
    @Test("imports, exports and what comes later are found, in the forms that we write")
    func forms() throws {
        let module = try ScriptModule(
            """
            import { a, b as c } from "./one.js";
            import {
              d,
            } from "../two.js";
            /** @type {import("./types.js").Type} */
            export class E {}
            export const f = 1;
            export async function g() { await import("./later.js"); }
            function h() {}
            export { h, a as i };
            export { j } from "./one.js"
            store.export(f);
            """, path: "js/views/Page.js")
        #expect(module.imports == ["js/views/one.js", "js/two.js", "js/views/one.js"])
        #expect(module.exports == ["E", "f", "g", "h", "i", "j"])
        #expect(module.lazyImports == ["./later.js": "js/views/later.js"])
        #expect(module.mayAwait)
        #expect(
            module.lines.first
                == .imports([.init(name: "a", other: "a"), .init(name: "b", other: "c")], from: "js/views/one.js"))
    }

    @Test(
        "whatever else may be an import or an export is refused, and so is what is beside the directory",
        arguments: [
            "import a from \"./a.js\";", "import * as a from \"./a.js\";", "import \"./a.js\";",
            "import{ a } from \"./a.js\";",
            "import { a } from './a.js';", "import { a } from \"./a.js\" with { type: \"json\" };",
            "import { a } from \"a\";", "import { a } from \"/static/a.js\";", "import { a } from \"../../../a.js\";",
            "import { a } from \"./.hidden/a.js\";", "import { a } from \".//a.js\";", "import { a };",
            "import { \"a\" as b } from \"./a.js\";",
            "import { a }", "export default 1;", "export let a;", "export var a;", "export const { a } = b;",
            "export * from \"./a.js\";", "export function* a() {}", "a(); export { b };", "export{ a };",
            "import(a);", "import (\"./a.js\");", "import(`./a.js`);", "import(\"a\");", "f('\"'); import(\"./a.js\");",
            "say(\"import(\\\"./a.js\\\")\");", "say(\"an import(\"./a.js\")\");", "import.meta.url;",
            "a = \"import\";", "let $$1;",
            "let a = `\n  import { b } from \"./b.js\";\n`;",
        ])
    func others(source: String) {
        #expect(throws: ScriptModule.Refusal.self) { try ScriptModule(source, path: "js/main.js") }
    }
}
