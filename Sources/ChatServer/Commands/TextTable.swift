import Foundation

/// Rows for a terminal, with aligned columns.
enum TextTable {
    /// - `rows`: not empty, each with as many cells.
    static func text(_ rows: [[String]]) -> String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
                .joined(separator: "  ").trimmingCharacters(in: .whitespaces)
        }.joined(separator: "\n")
    }

    /// Two indented columns.
    static func lines(_ rows: [(String, String)]) -> [String] {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { name, value in
            "  " + name + String(repeating: " ", count: width - name.count + 2) + value
        }
    }
}
