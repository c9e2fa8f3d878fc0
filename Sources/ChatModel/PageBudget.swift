/// What still fits on one page of a log: counts messages and bytes down while a reader goes through the entries.
package struct PageBudget {
    /// What a message costs on the wire beside its text: ids, names, key and punctuation of its JSON object.
    package static let overhead = 256

    private var messages: Int
    private var bytes = LogPage.maximumBytes
    private var isEmpty = true

    /// - Parameter limit: taken as at least 1 and at most `LogPage.maximumMessages`.
    package init(limit: Int) {
        messages = min(max(1, limit), LogPage.maximumMessages)
    }

    /// Takes a message onto the page, unless it is full. The first always fits, so that a reader gets on.
    package mutating func admits(_ message: ChatMessage) -> Bool {
        bytes -= message.text.utf8.count + (message.state?.reactionBytes ?? 0) + Self.overhead
        messages -= 1
        defer { isEmpty = false }
        return messages >= 0 && (bytes >= 0 || isEmpty)
    }
}

extension MessageState {
    /// What reactions cost on the wire, roughly.
    fileprivate var reactionBytes: Int {
        guard case .changed(_, let reactions) = self else { return 0 }
        return reactions.reduce(0) { size, reaction in
            reaction.users.reduce(size + 32 + reaction.emoji.utf8.count) { $0 + $1.description.utf8.count + 3 }
        }
    }
}
