/// A page whose script comes in one file with all that it imports, so that a browser need not ask for what it
/// has just been told of, again and again.
///
///     const { Signal } = (() => {             each module is a function that is called at once, its names are its own,
///     class Signal {…                         and what it exports is known to all, if nobody may mean something else by it
///     return { Signal };
///     })();
///     const $$1 = await (async () => {        if it may await; and if one of its names is in other modules, too, the
///     // js/views/dom.js                      whole has a name which is in none
///     return { element, find };
///     })();
///     const { Chat } = (() => {
///     const { find } = $$1;                   instead of import { find } from "../views/dom.js"
///     …
///
/// What is loaded later finds in `$$folded` what the page has already. All of it has paths of its own, `/static/@page/…`,
/// and only the page's HTML leads there: under their own names, files are what they are on the disk.
struct FoldedPage {
    typealias Refusal = ScriptModule.Refusal

    let html: String
    /// By path, from the page's directory.
    let scripts: [String: String]

    /// Nil: the page has no script, or no single one.
    /// - Parameters:
    ///   - folder: of the scripts' new paths, as `@index/`.
    ///   - read: the source of a path, from the page's directory.
    init?(
        html: String, folder: String, read: @escaping (String) throws(Refusal) -> String
    ) throws(Refusal) {
        guard let script = Self.script(of: html) else { return nil }
        let graph = try ModuleGraph(from: script, read: read)
        let renderer = ModuleRenderer(graph, folder: "/static/\(folder)")
        let fold = "globalThis.$$folded = {};\n" + graph.first.map(renderer.part).joined()
        var scripts = [folder + script: fold]
        for module in graph.later { scripts[folder + module.path] = renderer.single(module) }
        self.scripts = scripts
        self.html = Self.html(html, script: script, in: folder, without: Set(graph.first.map(\.path)))
    }

    private static func script(of html: String) -> String? {
        guard html.ranges(of: "type=\"module\"").count == 1 else { return nil }
        return html.firstMatch(of: /<script type="module" src="\/static\/([^"]+)"><\/script>/).map { String($0.1) }
    }

    /// Nothing is fetched ahead that is in the fold, and indentation is for whoever writes the file.
    private static func html(
        _ html: String, script: String, in folder: String, without folded: Set<String>
    ) -> String {
        let preloaded = /\s*<link rel="modulepreload" href="\/static\/([^"]+)" \/>/
        let page = html.replacing(preloaded) { folded.contains(String($0.1)) ? "" : String($0.0) }
            .replacing("src=\"/static/\(script)\"", with: "src=\"/static/\(folder)\(script)\"")
        guard !page.contains(/<pre|[^>]<\/textarea>/) else { return page }
        return page.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: "\n")
    }
}
