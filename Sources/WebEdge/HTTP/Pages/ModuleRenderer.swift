/// Writes the modules of a `FoldedPage`: those of the fold, and those that come later and use it.
struct ModuleRenderer {
    /// Where browsers find what is loaded later.
    private let folder: String
    /// Of the folded modules, by path.
    private let numbers: [String: Int]
    /// The folded modules whose exports all others may see.
    private let open: Set<String>
    /// The folded modules that are used by what is loaded later.
    private let shared: Set<String>

    init(_ graph: ModuleGraph, folder: String) {
        self.folder = folder
        let paths = graph.first.map(\.path)
        numbers = Dictionary(uniqueKeysWithValues: zip(paths, 0...))
        open = Self.open(graph.first)
        shared = Set(graph.later.flatMap(\.imports))
    }

    /// Those whose exports' names are in no other module, unless it imports them by just these.
    private static func open(_ modules: [ScriptModule]) -> Set<String> {
        let exported = Set(modules.flatMap(\.exports))
        var users: [String: Set<String>] = [:]
        var importers: [String: Set<String>] = [:]
        var renamed: Set<String> = []
        for module in modules {
            for word in module.words where exported.contains(word) { users[word, default: []].insert(module.path) }
            for line in module.lines {
                switch line {
                case .imports(let names, let path):
                    for name in names { importers["\(path) \(name.name)", default: []].insert(module.path) }
                    if names.contains(where: { $0.name != $0.other }) { renamed.insert(path) }
                case .exports(_, let path): renamed.insert(path ?? module.path)
                case .code, .declares: break
                }
            }
        }
        let open = modules.filter { module in
            !renamed.contains(module.path)
                && module.exports.allSatisfy { name in
                    let known = importers["\(module.path) \(name)", default: []].union([module.path])
                    return users[name, default: []].isSubset(of: known)
                }
        }
        return Set(open.map(\.path))
    }

    /// A folded module.
    func part(_ module: ScriptModule) -> String {
        var imports = ""
        var code = ""
        var exports: [String] = []
        for line in module.lines {
            switch line {
            case .code(let text):
                code += located(text, in: module) + "\n"
            case .declares(let name, let text):
                code += located(text, in: module) + "\n"
                exports.append(name)
            case .imports(let names, let path):
                if !open.contains(path) { imports += binding(names, to: value(of: path)) }
            case .exports(let names, nil):
                exports += names.map { property($0.other, $0.name) }
            case .exports(let names, let path?):
                exports += names.map { property($0.other, "\(value(of: path)).\($0.name)") }
            }
        }
        let all = "{ \(exports.joined(separator: ", ")) }"
        let object = open.contains(module.path) ? all : value(of: module.path)
        let head = exports.isEmpty ? "" : "const \(object) = "
        let result = exports.isEmpty ? "" : "return \(all);\n"
        let entry = shared.contains(module.path) ? "$$folded[\"\(module.path)\"] = \(object);\n" : ""
        // For whoever reads a stack trace. A file with one class is called as its class.
        let isOneClass = exports.count == 1 && module.path.hasSuffix("/\(exports[0]).js")
        let comment = isOneClass ? "" : "// \(module.path)\n"
        let opening = module.mayAwait ? "await (async () => {" : "(() => {"
        return "\(head)\(opening)\n\(comment)\(imports)\(code)\(result)})();\n\(entry)"
    }

    /// A module that comes later, in a file of its own.
    func single(_ module: ScriptModule) -> String {
        var imports = ""
        var code = ""
        for line in module.lines {
            switch line {
            case .code(let text):
                code += located(text, in: module) + "\n"
            case .declares(_, let text):
                code += "export \(located(text, in: module))\n"
            case .imports(let names, let path) where numbers[path] != nil:
                imports += binding(names, to: "$$folded[\"\(path)\"]")
            case .imports(let names, let path):
                code += "import { \(list(names)) } from \"\(folder)\(path)\";\n"
            case .exports(let names, nil):
                code += "export { \(list(names)) };\n"
            case .exports(let names, let path?) where numbers[path] != nil:
                for name in names {
                    // By a name that no line of a module has.
                    imports += "const $$\(name.name) = $$folded[\"\(path)\"].\(name.name);\n"
                    code += "export { $$\(name.name) as \(name.other) };\n"
                }
            case .exports(let names, let path?):
                code += "export { \(list(names)) } from \"\(folder)\(path)\";\n"
            }
        }
        return imports + code
    }

    /// The exports of a folded module that is not open, in one object.
    private func value(of path: String) -> String { numbers[path].map { "$$\($0)" } ?? "" }

    private func binding(_ names: [ScriptModule.Name], to value: String) -> String {
        "const { \(names.map { property($0.name, $0.other) }.joined(separator: ", ")) } = \(value);\n"
    }

    private func property(_ name: String, _ value: String) -> String { name == value ? name : "\(name): \(value)" }

    private func list(_ names: [ScriptModule.Name]) -> String {
        names.map { $0.name == $0.other ? $0.name : "\($0.name) as \($0.other)" }.joined(separator: ", ")
    }

    /// What a line loads later is told by its whole path: in the fold, the line is in another folder than before.
    private func located(_ text: String, in module: ScriptModule) -> String {
        guard text[...].contains(bytes: "import(") else { return text }
        return module.lazyImports.reduce(text) { text, reference in
            text.replacing("import(\"\(reference.key)\")", with: "import(\"\(folder)\(reference.value)\")")
        }
    }
}
