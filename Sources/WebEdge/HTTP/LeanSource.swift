/// A part of the page as browsers get it: without comments, indentation and empty lines, two fifths of it and nothing
/// to a browser.
///
/// Knows no grammar, only lines. A comment goes when it has its lines to itself, or is a type for the checker
/// (`/** @type {A} */`); others stay. A text over several lines would lose its indentation: the page has none.
enum LeanSource {
    static func isSource(_ name: String) -> Bool { [".js", ".css", ".html"].contains { name.hasSuffix($0) } }

    static func lean(_ source: String) -> String {
        var inComment = false
        let lines = source.split(separator: "\n").compactMap { line -> Substring? in
            let text = line.drop { $0 == " " }
            if inComment {
                inComment = !text.hasSuffix("*/")
                return nil
            }
            if text.isEmpty || text.hasPrefix("//") { return nil }
            guard text.hasPrefix("/*") else { return withoutTypes(text) }
            guard let end = text.firstRange(of: "*/") else {
                inComment = true
                return nil
            }
            return end.upperBound == text.endIndex ? nil : withoutTypes(text)
        }
        return lines.joined(separator: "\n")
    }

    private static func withoutTypes(_ line: Substring) -> Substring {
        guard let start = line.firstRange(of: "/** @"), let end = line[start.upperBound...].firstRange(of: "*/ ")
        else { return line }
        return line[..<start.lowerBound] + withoutTypes(line[end.upperBound...])
    }
}
