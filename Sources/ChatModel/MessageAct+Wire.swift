extension MessageAct {
    /// The field `act` of a log entry or live message: `edit <id>`, `delete <id>`, `react <id> <+ or -> <emoji>`. Later
    /// versions may write `<kind> <id>` and more.
    package var wire: String {
        switch self {
        case .edit(let id): "edit \(id)"
        case .delete(let id): "delete \(id)"
        case .react(let id, let emoji, let on): "react \(id) \(on ? "+" : "-") \(emoji)"
        case .other(let kind, let id): "\(kind) \(id)"
        }
    }

    /// Splits by bytes: a lone skin-tone modifier forms one character with the space before it.
    package init?(wire: String) {
        let words = wire.utf8.split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
            .map { Substring($0) }
        guard words.count >= 2, let id = MessageID(String(words[1])) else { return nil }
        switch (words[0], words.count) {
        case ("edit", 2): self = .edit(id)
        case ("delete", 2): self = .delete(id)
        case ("react", 4) where words[2] == "+" || words[2] == "-":
            self = .react(id, emoji: Emoji.normal(String(words[3])), on: words[2] == "+")
        default:
            guard let kind = ActKind(String(words[0])) else { return nil }
            self = .other(kind, id)
        }
    }
}
