import ChatModel

/// A numbered sign of life that a node sends to all, itself included, on the way of every message.
struct Canary: Hashable, Sendable {
    let from: NodeIncarnation
    /// Counted up by the sender for as long as it lives.
    let number: UInt32

    init(from: NodeIncarnation, number: UInt32) {
        self.from = from
        self.number = number
    }

    /// `nil`: what came is no canary.
    init?(_ message: ChatMessage) {
        guard let from = NodeIncarnation(message.user.description), NodeCard.isValidName(from.name),
            let number = UInt32(message.text)
        else { return nil }
        self.init(from: from, number: number)
    }

    var draft: MessageDraft {
        MessageDraft(user: UserID(from.description), name: "", text: String(number), key: "")
    }
}
