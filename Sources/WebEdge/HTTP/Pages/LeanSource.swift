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
        // Other ends of a line than ours.
        guard !source.unicodeScalars.contains(where: { $0 == "\r" || $0 == "\u{2028}" || $0 == "\u{2029}" }) else {
            return nil
        }
        var lines: [Substring] = []
        var inComment = false
        for line in source.split(separator: "\n") {
            let text = line.drop { $0 == " " }
            let opens = !inComment && text.hasPrefix("/*") && !text.hasPrefix("/*!")
            if inComment || opens {
                let end = text.dropFirst(opens ? 2 : 0).firstRange(of: "*/")
                inComment = end == nil
                guard let end, !text[end.upperBound...].allSatisfy(\.isWhitespace) else { continue }
                // What follows is code, whose line does not begin with it.
                guard opens else { return nil }
            } else if text.isEmpty || language == .script && text.hasPrefix("//") {
                continue
            }
            guard isWhole(text) else { return nil }
            lines.append(language == .script ? withoutTypes(text) : text)
        }
        return lines.joined(separator: "\n")
    }

    /// Whether no comment and no text goes on in the next line. Rather says no: a backtick may be in a pattern.
    private static func isWhole(_ line: Substring) -> Bool {
        if line.hasSuffix("\\") || line.contains("\\`") { return false }
        if let opening = line.ranges(of: "/*").last, !line[opening.upperBound...].contains("*/") { return false }
        let backticks = line.count { $0 == "`" }
        guard backticks > 0, let hole = line.firstRange(of: "${") else { return backticks.isMultiple(of: 2) }
        let code = line[hole.lowerBound...]
        return backticks.isMultiple(of: 2) && code.count { $0 == "{" } <= code.count { $0 == "}" }
    }

    /// Types in a text are none.
    private static func withoutTypes(_ line: Substring) -> Substring {
        guard let start = line.firstRange(of: "/** @"), let end = line[start.upperBound...].firstRange(of: "*/"),
            line[end.upperBound...].hasPrefix(" ")
        else { return line }
        let before = line[..<start.lowerBound]
        guard before.last.map({ " ([".contains($0) }) ?? true, !before.contains(where: { "\"'`".contains($0) }) else {
            return line
        }
        return before + withoutTypes(line[end.upperBound...].dropFirst())
    }
}
