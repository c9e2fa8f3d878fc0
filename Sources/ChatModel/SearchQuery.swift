import Foundation

/// A search in a room: words that must all occur in a message, and `from:` with a part of its sender's name.
package struct SearchQuery: Hashable, Sendable, CustomStringConvertible {
    /// In Unicode scalars.
    package static let maximumLength = 100
    private static let senderMark = "from:"

    /// As entered, trimmed.
    package let description: String
    private let words: [FoldedText]
    private let senders: [FoldedText]

    /// `nil`: too long, or nothing to search for.
    package init?(_ text: String) {
        description = text.trimmingCharacters(in: .whitespacesAndNewlines)
        // There are never more scalars than bytes, which are cheaper to count.
        guard description.utf8.count <= Self.maximumLength || description.unicodeScalars.count <= Self.maximumLength
        else { return nil }
        var words: [FoldedText] = []
        var senders: [FoldedText] = []
        // Folding turns some characters into spaces, so it comes first.
        for word in FoldedText.fold(description).split(whereSeparator: \.isWhitespace) {
            let name = word.hasPrefix(Self.senderMark) ? word.dropFirst(Self.senderMark.count) : ""
            if name.isEmpty {
                words.append(FoldedText(folded: String(word)))
            } else {
                senders.append(FoldedText(folded: String(name)))
            }
        }
        guard !words.isEmpty || !senders.isEmpty else { return nil }
        self.words = words
        self.senders = senders
    }

    /// Never matches acts and deleted messages.
    package func matches(_ message: ChatMessage) -> Bool {
        var bytes = 0
        return matches(message, folding: &bytes)
    }

    /// - Parameter bytes: grows by the number of bytes folded.
    package func matches(_ message: ChatMessage, folding bytes: inout Int) -> Bool {
        guard message.isShown else { return false }
        if !senders.isEmpty {
            let name = FoldedText(message.name)
            bytes += name.byteCount
            guard senders.allSatisfy(name.contains) else { return false }
        }
        guard !words.isEmpty else { return true }
        let text = FoldedText(message.text)
        bytes += text.byteCount
        return words.allSatisfy(text.contains)
    }
}
