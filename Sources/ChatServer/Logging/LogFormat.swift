import ChatProtocol
import Foundation
import Logging
import NIOCore

/// Formats a log record as a line.
enum LogFormat: String, CaseIterable, Sendable {
    /// `2026-01-31T12:00:00.000Z info webchat: Message key=value`
    case text
    /// One object: `time`, `level`, `logger`, `message`, and `metadata` with strings.
    case json

    func line(
        at time: Date, level: Logger.Level, logger: String, message: String, metadata: Logger.Metadata
    ) -> String {
        let time = Date.ISO8601FormatStyle(includingFractionalSeconds: true).format(time)
        let metadata = metadata.sorted { $0.key < $1.key }
        switch self {
        case .text:
            return metadata.reduce("\(time) \(level) \(logger): \(LogText.escaped(message))") { line, entry in
                "\(line) \(LogText.escaped(entry.key))=\(LogText.value("\(entry.value)"))"
            }
        case .json:
            var line = ByteBuffer()
            line.writeJSON(literal: "{\"time\":")
            line.writeJSON(time)
            line.writeJSON(literal: ",\"level\":")
            line.writeJSON(level.rawValue)
            line.writeJSON(literal: ",\"logger\":")
            line.writeJSON(logger)
            line.writeJSON(literal: ",\"message\":")
            line.writeJSON(message)
            line.writeJSON(literal: ",\"metadata\":{")
            for (index, entry) in metadata.enumerated() {
                if index > 0 { line.writeJSON(literal: ",") }
                line.writeJSON(entry.key)
                line.writeJSON(literal: ":")
                line.writeJSON("\(entry.value)")
            }
            line.writeJSON(literal: "}}")
            return String(buffer: line)
        }
    }
}
