import ChatModel
import ChatProtocol

/// The messages of a page of the log, split where some are missing.
///
/// Pure. Throws `InvariantBroken` if they do not ascend: the log sorts its pages.
struct PageRuns {
    struct Run {
        /// The gap before the messages; `nil`: they follow the cursor.
        let missing: ServerFrame.Missing?
        var messages: [ChatMessage]
    }

    private(set) var runs: [Run] = []

    /// - Parameters:
    ///   - cursor: older messages are left out.
    ///   - skipped: messages that are not to be written.
    init(of messages: [ChatMessage], after cursor: MessageID, skipping skipped: Set<MessageID>) throws(InvariantBroken) {
        try Self.checkOrder(of: messages, skipping: skipped)
        var last = cursor
        for message in messages where message.id.seq > cursor.seq && !skipped.contains(message.id) {
            if message.id.seq == last.seq &+ 1 {
                if runs.isEmpty { runs.append(Run(missing: nil, messages: [])) }
                runs[runs.count - 1].messages.append(message)
            } else {
                let end = MessageID(ms: message.id.ms, seq: message.id.seq &- 1)
                runs.append(Run(missing: .init(from: last.next, to: end), messages: [message]))
            }
            last = message.id
        }
    }

    /// Takes off the run that follows the cursor, if there is one.
    mutating func takeLeading() -> [ChatMessage] {
        guard let first = runs.first, first.missing == nil else { return [] }
        return runs.removeFirst().messages
    }

    /// The newest messages without a gap among them.
    static func newest(
        of messages: [ChatMessage], skipping skipped: Set<MessageID>
    ) throws(InvariantBroken) -> [ChatMessage] {
        try checkOrder(of: messages, skipping: skipped)
        let messages = messages.filter { !skipped.contains($0.id) }
        var start = messages.endIndex
        while start > messages.startIndex {
            guard start == messages.endIndex || messages[start - 1].id.seq &+ 1 == messages[start].id.seq else { break }
            start -= 1
        }
        return Array(messages[start...])
    }

    private static func checkOrder(
        of messages: [ChatMessage], skipping skipped: Set<MessageID>
    ) throws(InvariantBroken) {
        var last: MessageID?
        for message in messages where !skipped.contains(message.id) {
            if let last, message.id.seq <= last.seq {
                throw InvariantBroken(
                    .order, expected: "a message after \(last)", found: "\(message.id)", message: message.id)
            }
            last = message.id
        }
    }
}

extension MessageID {
    /// The least id that may follow.
    var next: MessageID { MessageID(ms: ms, seq: seq &+ 1) }
}
