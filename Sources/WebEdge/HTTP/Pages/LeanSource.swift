/// A script or style sheet as browsers get it: without comments, indentation and empty lines, two fifths of it and
/// nothing to a browser.
///
/// Knows no grammar, only lines. A comment goes when it has its lines to itself, or is a type for the checker
/// (`/** @type {A} */`); others stay, and so does a licence (`/*!`). A source with a line that may be a part of
/// something longer, as a text over several lines, is none of its business: `STATIC_DIR` may hold anybody's.
enum LeanSource {
    enum Language: String {
        case script = ".js"
        case styleSheet = ".css"

        /// Nil: a file of that name is neither.
        init?(of name: String) {
            guard let language = [Self.script, .styleSheet].first(where: { name.hasSuffix($0.rawValue) }) else {
                return nil
            }
            self = language
        }
    }

    /// Nil: it must be sent as it is.
    static func lean(_ source: String, _ language: Language) -> String? {
        let all = source[...]
        // Other ends of a line than ours.
        guard !all.contains(bytes: "\r"), !all.contains(bytes: "\u{2028}"), !all.contains(bytes: "\u{2029}") else {
            return nil
        }
        var lines: [Substring] = []
        var inComment = false
        for line in all.utf8.split(separator: UInt8(ascii: "\n")) {
            let text = Substring(line.drop { $0 == UInt8(ascii: " ") })
            let opens = !inComment && text.utf8.starts(with: "/*".utf8) && !text.utf8.starts(with: "/*!".utf8)
            if inComment || opens {
                let end = Substring(text.utf8.dropFirst(opens ? 2 : 0)).firstRange(ofBytes: "*/")
                inComment = end == nil
                guard let end, !text[end.upperBound...].allSatisfy(\.isWhitespace) else { continue }
                // What follows is code, whose line does not begin with it.
                guard opens else { return nil }
            } else if text.isEmpty || language == .script && text.utf8.starts(with: "//".utf8) {
                continue
            }
            guard isWhole(text) else { return nil }
            lines.append(language == .script ? withoutTypes(text) : text)
        }
        return lines.joined(separator: "\n")
    }

    /// Whether no comment and no text goes on in the next line. Rather says no: a backtick may be in a pattern.
    private static func isWhole(_ line: Substring) -> Bool {
        if line.utf8.last == UInt8(ascii: "\\") || line.contains(bytes: "\\`") { return false }
        var rest = line
        while let opening = rest.firstRange(ofBytes: "/*") {
            rest = rest[opening.upperBound...]
            guard rest.contains(bytes: "*/") else { return false }
        }
        guard line.contains(bytes: "`") else { return true }
        let backticks = line.utf8.count { $0 == UInt8(ascii: "`") }
        guard let hole = line.firstRange(ofBytes: "${") else { return backticks.isMultiple(of: 2) }
        let code = line[hole.lowerBound...].utf8
        return backticks.isMultiple(of: 2)
            && code.count { $0 == UInt8(ascii: "{") } <= code.count { $0 == UInt8(ascii: "}") }
    }

    /// Types in a text are none.
    private static func withoutTypes(_ line: Substring) -> Substring {
        guard let start = line.firstRange(ofBytes: "/** @"),
            let end = line[start.upperBound...].firstRange(ofBytes: "*/"),
            line[end.upperBound...].hasPrefix(" ")
        else { return line }
        let before = line[..<start.lowerBound]
        guard before.last.map({ " ([".contains($0) }) ?? true, !before.contains(where: { "\"'`".contains($0) }) else {
            return line
        }
        return before + withoutTypes(line[end.upperBound...].dropFirst())
    }
}
