import ChatModel

/// A numbered heartbeat that a node sends to all nodes, including itself, along the path of every message.
struct Canary: Hashable, Sendable {
    let from: NodeIncarnation
    /// Counts the sender's canaries since it started.
    let number: UInt32

    init(from: NodeIncarnation, number: UInt32) {
        self.from = from
        self.number = number
    }

    /// `nil` if the message is not a canary.
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
