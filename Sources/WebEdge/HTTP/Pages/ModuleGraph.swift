/// What a page's script leads to: the modules that must be there before it, and those that it loads when it wants to.
struct ModuleGraph {
    typealias Refusal = ScriptModule.Refusal

    /// More than any page has: whoever imports in ever new places is no page.
    private static let maximum = 1_000
    private static let maximumDepth = 100

    /// In the order in which a browser evaluates them: each after what it imports, the page's script last.
    private(set) var first: [ScriptModule] = []
    /// What comes later, and what that imports.
    private(set) var later: [ScriptModule] = []
    private var modules: [String: ScriptModule] = [:]
    private var underway: Set<String> = []
    private let read: (String) throws(Refusal) -> String

    /// - Parameter read: the source of a path, from the page's directory.
    init(from script: String, read: @escaping (String) throws(Refusal) -> String) throws(Refusal) {
        self.read = read
        try add(script)
        let paths = Set(first.map(\.path))
        try addLater(beside: paths)
        for module in first + later { try check(module, with: paths) }
    }

    private mutating func add(_ path: String) throws(Refusal) {
        guard modules[path] == nil else { return }
        guard underway.insert(path).inserted else { throw Refusal(reason: "\(path): imports itself, by others") }
        guard underway.count <= Self.maximumDepth else { throw Refusal(reason: "\(path): too deep") }
        let module = try load(path)
        for other in module.imports { try add(other) }
        modules[path] = module
        first.append(module)
        underway.remove(path)
    }

    private mutating func addLater(beside paths: Set<String>) throws(Refusal) {
        var wanted = first.flatMap(\.lazyImports.values)
        while let path = wanted.popLast() {
            guard modules[path] == nil else { continue }
            let module = try load(path)
            modules[path] = module
            later.append(module)
            wanted += module.lazyImports.values
            wanted += module.imports
        }
        for path in (first + later).flatMap(\.lazyImports.values) where paths.contains(path) {
            throw Refusal(reason: "\(path): is imported at once and later")
        }
    }

    private func load(_ path: String) throws(Refusal) -> ScriptModule {
        guard modules.count < Self.maximum else { throw Refusal(reason: "more than \(Self.maximum) modules") }
        return try ScriptModule(read(path), path: path)
    }

    /// What is taken from a folded module must be there: otherwise it has been misread, or a browser should say so.
    private func check(_ module: ScriptModule, with folded: Set<String>) throws(Refusal) {
        for line in module.lines {
            let taken: ([ScriptModule.Name], String)? =
                switch line {
                case .imports(let names, let path), .exports(let names, let path?): (names, path)
                case .code, .exports, .declares: nil
                }
            guard let (names, path) = taken, folded.contains(path), let exports = modules[path]?.exports else {
                continue
            }
            if let missing = names.first(where: { !exports.contains($0.name) }) {
                throw Refusal(reason: "\(path): where is \(missing.name), which \(module.path) imports?")
            }
        }
    }
}
