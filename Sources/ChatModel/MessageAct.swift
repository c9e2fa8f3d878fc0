/// What a member does to a message that was said: an entry of the log like the message itself (`docs/protocol.md`,
/// section 10). Indirect, as nearly every message has none.
package indirect enum MessageAct: Hashable, Sendable {
    /// The new text is the entry's own.
    case edit(MessageID)
    case delete(MessageID)
    case react(MessageID, emoji: String, on: Bool)

    /// The message.
    package var target: MessageID {
        switch self {
        case .edit(let id), .delete(let id), .react(let id, _, _): id
        }
    }
}

/// What has become of a message by the acts upon it, as a reader of the log is told. The text of an edited message
/// stands in the message. Indirect, as nearly every message has none.
package indirect enum MessageState: Hashable, Sendable {
    case deleted
    /// - `edited`: the last edit.
    case changed(edited: MessageID?, reactions: [MessageReaction])
}

/// Who reacted with an emoji, in the order of time.
package struct MessageReaction: Hashable, Sendable {
    /// Different emoji of a message.
    package static let maximumEmoji = 20
    /// Reactions to a message, all people and emoji together.
    package static let maximumCount = 200

    package let emoji: String
    package internal(set) var users: [UserID]

    package init(emoji: String, users: [UserID]) {
        self.emoji = emoji
        self.users = users
    }

    /// - Parameter reactions: one by one, in the order of time.
    package static func grouped(_ reactions: some Sequence<(emoji: String, user: UserID)>) -> [MessageReaction] {
        var groups: [MessageReaction] = []
        for (emoji, user) in reactions {
            if let index = groups.firstIndex(where: { $0.emoji == emoji }) {
                groups[index].users.append(user)
            } else {
                groups.append(MessageReaction(emoji: emoji, users: [user]))
            }
        }
        return groups
    }
}
