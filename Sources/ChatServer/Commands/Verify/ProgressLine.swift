import Foundation

/// Prints progress to standard error once a second; on a terminal it overwrites the same line.
final class ProgressLine {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var shown = 0

    func show(at elapsed: Duration, _ text: () -> String) {
        let second = Int(elapsed.components.seconds)
        guard second > shown else { return }
        shown = second
        // Return to column 1 and clear the line (ECMA-48).
        write((isTerminal ? "\r\u{1B}[K" : "") + "\(second) s: \(text())" + (isTerminal ? "" : "\n"))
    }

    func end() {
        if isTerminal, shown > 0 { write("\n") }
    }

    private func write(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
