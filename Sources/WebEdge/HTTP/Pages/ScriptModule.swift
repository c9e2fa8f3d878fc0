/// A script by what it imports and exports, as a fold needs it (`FoldedPage`), and the rest of it line by line.
///
/// Knows no grammar either, only the lines of `LeanSource` and a few forms of statements that begin theirs. Whatever
/// else may be an import or an export is refused: `STATIC_DIR` may hold anybody's scripts, and they must stay what they are.
struct ScriptModule {
    /// Why something is better served as it is on the disk.
    struct Refusal: Error, Equatable {
        let reason: String
    }

    /// `name as other`. Of an import, `name` is what the other module calls it; of an export, what this one does.
    struct Name: Equatable {
        let name: String
        let other: String
    }

    enum Line: Equatable {
        case code(String)
        /// `import { … } from`
        case imports([Name], from: String)
        /// `export { … }`, perhaps of another module's.
        case exports([Name], from: String?)
        /// `export class A {`: what is exported, and the line without `export`.
        case declares(String, String)

        fileprivate var exports: [String] {
            switch self {
            case .declares(let name, _): [name]
            case .exports(let names, _): names.map(\.other)
            case .code, .imports: []
            }
        }
    }

    /// From the page's directory, as all paths here.
    let path: String
    let lines: [Line]
    /// What others may import.
    let exports: Set<String>
    /// What it loads when it wants to: by what `import("…")` says there.
    let lazyImports: [String: String]
    let mayAwait: Bool

    init(_ source: String, path: String) throws(Refusal) {
        guard let lean = LeanSource.lean(source, .script) else {
            throw Refusal(reason: "\(path): something may go on from one line to the next")
        }
        guard !lean[...].contains(bytes: "$$") else {
            throw Refusal(reason: "\(path): has a name of a fold's own, with $$")
        }
        var lines: [Line] = []
        var lazyImports: [String: String] = [:]
        var rest = lean.utf8.split(separator: UInt8(ascii: "\n")).map(Substring.init)[...]
        while let line = rest.popFirst() {
            if line.hasPrefix("import {") || line.hasPrefix("export {") {
                var statement = line
                while !statement.contains(bytes: "}"), let next = rest.popFirst() { statement += " " + next }
                try lines.append(Self.list(statement, path))
            } else if let (name, declaration) = Self.declaration(line) {
                try Self.note(declaration, in: &lazyImports, path)
                lines.append(.declares(name, String(declaration)))
            } else {
                try Self.note(line, in: &lazyImports, path)
                lines.append(.code(String(line)))
            }
        }
        self.path = path
        self.lines = lines
        exports = Set(lines.flatMap(\.exports))
        self.lazyImports = lazyImports
        self.mayAwait = lean[...].contains(bytes: "await")
    }

    /// Other modules that are there before this one.
    var imports: [String] {
        lines.compactMap { line -> String? in
            switch line {
            case .imports(_, let path), .exports(_, let path?): path
            case .code, .exports, .declares: nil
            }
        }
    }

    /// All words of its code, texts among them, but not the names of properties: `a` and `c` of `a.b(...c)`.
    var words: Set<String> {
        var words: Set<String> = []
        for line in lines {
            let text: String
            switch line {
            case .code(let code), .declares(_, let code): text = code
            case .imports, .exports: continue
            }
            for word in text.utf8.split(whereSeparator: { !$0.isInWord }) {
                let dots = text.utf8[..<word.startIndex].reversed().prefix { $0 == UInt8(ascii: ".") }.count
                if dots != 1 { words.insert(String(Substring(word))) }
            }
        }
        return words
    }

    private static func list(_ statement: Substring, _ path: String) throws(Refusal) -> Line {
        let refusal = Refusal(reason: "\(path): \(statement)")
        let parts = statement.dropFirst("import {".count).split(
            separator: "}", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].contains("{") else { throw refusal }
        var names: [Name] = []
        for item in parts[0].split(separator: ",") {
            let words = item.split(whereSeparator: \.isWhitespace)
            if words.isEmpty { continue }
            guard words.count == 1 || words.count == 3 && words[1] == "as", words.allSatisfy(isName),
                let name = words.first, let other = words.last
            else { throw refusal }
            names.append(Name(name: String(name), other: String(other)))
        }
        let reference = try reference(parts[1], or: refusal)
        let other: String? = if let reference { try resolve(reference, from: path) } else { nil }
        guard statement.hasPrefix("import") else { return .exports(names, from: other) }
        guard let other else { throw refusal }
        return .imports(names, from: other)
    }

    /// What follows the names: ` from "…"`, or nothing.
    private static func reference(_ end: Substring, or refusal: Refusal) throws(Refusal) -> Substring? {
        let end = end.hasSuffix(";") ? end.dropLast() : end
        if end.isEmpty { return nil }
        let parts = end.split(separator: "\"", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == " from ", parts[2].isEmpty else { throw refusal }
        return parts[1]
    }

    /// The name of what a line exports, and the line without `export`.
    private static func declaration(_ line: Substring) -> (String, Substring)? {
        guard line.hasPrefix("export ") else { return nil }
        let declaration = line.dropFirst("export ".count)
        let words = ["async function ", "function ", "class ", "const "]
        guard let word = words.first(where: declaration.hasPrefix) else { return nil }
        let name = declaration.dropFirst(word.count).prefix(while: isInName)
        return name.isEmpty ? nil : (String(name), declaration)
    }

    private static func isName(_ word: Substring) -> Bool { word.allSatisfy(isInName) }

    private static func isInName(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "$"
    }

    /// A line of code: what it loads when it wants to. That, and methods called `export`, is all there may be of these words.
    private static func note(
        _ line: Substring, in lazyImports: inout [String: String], _ path: String
    ) throws(Refusal) {
        if line.contains(bytes: "export"), line.contains(/\bexport\b(?!\()/.wordBoundaryKind(.simple)) {
            throw Refusal(reason: "\(path): \(line)")
        }
        guard line.contains(bytes: "import") else { return }
        // By Unicode's rules, which are not JavaScript's, "import.meta" is one word.
        for found in line.matches(of: /\bimport\b(?:\("([^"]+)"\))?/.wordBoundaryKind(.simple)) {
            let before = line[..<found.range.lowerBound]
            let isCode = before.count { $0 == "\"" }.isMultiple(of: 2) && !line.contains { "'`\\".contains($0) }
            guard let reference = found.1, isCode else { throw Refusal(reason: "\(path): \(line)") }
            lazyImports[String(reference)] = try resolve(reference, from: path)
        }
    }

    private static func resolve(_ reference: Substring, from path: String) throws(Refusal) -> String {
        let refusal = Refusal(reason: "\(path): imports \(reference)")
        guard reference.hasPrefix("./") || reference.hasPrefix("../") else { throw refusal }
        var steps = path.split(separator: "/").dropLast()
        for step in reference.split(separator: "/", omittingEmptySubsequences: false) where step != "." {
            if step == ".." {
                guard steps.popLast() != nil else { throw refusal }
            } else {
                // As for requests: nothing that is hidden, and one name a file.
                guard !step.isEmpty, !step.hasPrefix(".") else { throw refusal }
                steps.append(step)
            }
        }
        return steps.joined(separator: "/")
    }
}

extension UInt8 {
    fileprivate var isInWord: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x80...: true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"): true
        default: false
        }
    }
}
