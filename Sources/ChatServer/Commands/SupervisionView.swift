/// The supervision tree as `/cluster` reports it, and its rendering for a terminal.
struct SupervisionView: Codable, Hashable {
    struct Entry: Codable, Hashable {
        let name: String
        let state: String
        let forMs: Int64
        let nextAttemptInMs: Int64?
        let restarts: Int
        let lastError: String?
        let lastErrorMsAgo: Int64?
        let counts: [Count]?
        let failures: [Failure]?
        let children: [Entry]
    }

    struct Count: Codable, Hashable {
        let name: String
        let value: Int
    }

    struct Failure: Codable, Hashable {
        let name: String
        let error: String
        let msAgo: Int64
        let decision: String
    }

    let restarts5m: Int
    /// Those among them of connections; `nil`: a node of an earlier version.
    let reconnects5m: Int?
    let tree: [Entry]

    /// ```
    /// n1: 3 restarts within 5 min
    /// ├─ node              up 2m 3s
    /// │  └─ redis-publish  waiting, retry in 0.4s, 3 restarts; 0.2s ago: cannot connect to …
    /// └─ rooms             up 2m 3s
    ///    └─ loop-0         2 rooms, 9 connections, 1 restart
    ///       ✗ room lobby   restarted 5s ago: …
    /// ```
    /// - `width`: longer lines are truncated.
    func drawing(of node: String, width: Int? = nil) -> String {
        let reconnects = reconnects5m ?? 0
        let counts =
            [Self.many(restarts5m - reconnects, "restart")]
            + (reconnects > 0 ? [Self.many(reconnects, "reconnection")] : [])
        var lines = [Line(left: node, right: counts.joined(separator: ", ") + " within 5 min")]
        Self.draw(tree, indent: "", into: &lines)
        let column = lines.dropFirst().map(\.left.count).max() ?? 0
        return lines.enumerated().map { index, line in
            let gap = index == 0 ? 2 : column - line.left.count + 2
            let text = LogText.escaped(line.left + String(repeating: " ", count: gap) + line.right)
            guard let width, text.count > width else { return text }
            return text.prefix(max(1, width) - 1) + "…"
        }.joined(separator: "\n")
    }

    private struct Line {
        let left: String
        let right: String
    }

    private static func draw(_ entries: [Entry], indent: String, into lines: inout [Line]) {
        for (index, entry) in entries.enumerated() {
            let isLast = index == entries.count - 1
            lines.append(Line(left: indent + (isLast ? "└─ " : "├─ ") + entry.name, right: entry.text))
            let below = indent + (isLast ? "   " : "│  ")
            for failure in entry.failures ?? [] {
                lines.append(
                    Line(left: below + (entry.children.isEmpty ? "" : "│  ") + "✗ " + failure.name, right: failure.text)
                )
            }
            draw(entry.children, indent: below, into: &lines)
        }
    }

    fileprivate static func many(_ count: Int, _ noun: String) -> String {
        "\(count) \(noun)\(count == 1 ? "" : "s")"
    }

    fileprivate static func time(_ milliseconds: Int64) -> String {
        milliseconds < 10_000
            ? "\(milliseconds / 1_000).\(milliseconds / 100 % 10)s"
            : PlainDuration.text(seconds: Double(milliseconds / 1_000))
    }
}

extension SupervisionView.Entry {
    fileprivate var text: String {
        var parts = (counts ?? []).map { $0.value == 1 ? "1 \($0.name.dropLast())" : "\($0.value) \($0.name)" }
        switch state {
        case "running": parts.append("up \(SupervisionView.time(forMs))")
        case "waiting": parts.append("waiting, retry in \(SupervisionView.time(nextAttemptInMs ?? 0))")
        case "given_up": parts.append("GIVEN UP \(SupervisionView.time(forMs)) ago")
        default: parts.append("\(state) \(SupervisionView.time(forMs)) ago")
        }
        if restarts > 0 { parts.append(SupervisionView.many(restarts, "restart")) }
        let status = parts.joined(separator: ", ")
        // The listed failures include the last error.
        guard let lastError, let lastErrorMsAgo, failures == nil else { return status }
        return "\(status); \(SupervisionView.time(lastErrorMsAgo)) ago: \(lastError)"
    }
}

extension SupervisionView.Failure {
    fileprivate var text: String {
        let what = decision == "restarted" ? "restarted" : "GIVEN UP"
        return "\(what) \(SupervisionView.time(msAgo)) ago: \(error)"
    }
}
