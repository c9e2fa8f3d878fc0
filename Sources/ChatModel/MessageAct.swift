/// What a member does to a message that was said: an entry of the log like the message itself (`docs/protocol.md`,
/// section 10). Indirect, as nearly every message has none.
package indirect enum MessageAct: Hashable, Sendable {
    /// The new text is the entry's own.
    case edit(MessageID)
    case delete(MessageID)
    case react(MessageID, emoji: String, on: Bool)
    /// Of a later version: it has a place in the log, and does nothing that this version knows of.
    case other(ActKind, MessageID)

    /// The message.
    package var target: MessageID {
        switch self {
        case .edit(let id), .delete(let id), .react(let id, _, _), .other(_, let id): id
        }
    }

    /// What of its entry may be handed out: a version that does not know an act does not know what its text is.
    package func shownText(_ text: String) -> String {
        if case .other = self { "" } else { text }
    }
}

/// The name of an act that this version does not know: 1 to 32 of a-z and _.
package struct ActKind: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init?(_ name: String) {
        let isName = name.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == 0x5F }
        guard isName, (1...32).contains(name.utf8.count), !["edit", "delete", "react"].contains(name) else {
            return nil
        }
        description = name
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
    /// Different emoji of one member to a message, so that nobody uses up the places of all.
    package static let maximumEmojiOfOne = 5
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
