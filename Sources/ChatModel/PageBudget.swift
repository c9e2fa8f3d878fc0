/// The messages and bytes that still fit on a page of a log.
package struct PageBudget {
    /// Bytes per message beside its text: ids, names, key and JSON punctuation.
    package static let overhead = 256

    private var messages: Int
    private var bytes = LogPage.maximumBytes
    private var isEmpty = true

    /// - Parameter limit: clamped to 1 … `LogPage.maximumMessages`.
    package init(limit: Int) {
        messages = min(max(1, limit), LogPage.maximumMessages)
    }

    /// Adds a message unless the page is full. The first always fits, so that the reader makes progress.
    package mutating func admits(_ message: ChatMessage) -> Bool {
        bytes -=
            message.text.utf8.count + message.files.pageBytes + (message.state?.reactionBytes ?? 0)
            + Self.overhead
        messages -= 1
        defer { isEmpty = false }
        return messages >= 0 && (bytes >= 0 || isEmpty)
    }
}

extension [SharedFile] {
    /// Approximate bytes on the wire.
    fileprivate var pageBytes: Int {
        reduce(0) { $0 + 128 + $1.name.description.utf8.count + $1.type.description.utf8.count }
    }
}

extension MessageState {
    /// Approximate bytes on the wire.
    fileprivate var reactionBytes: Int {
        guard case .changed(_, let reactions) = self else { return 0 }
        return reactions.reduce(0) { size, reaction in
            reaction.users.reduce(size + 32 + reaction.emoji.utf8.count) { $0 + $1.description.utf8.count + 3 }
        }
    }
}
