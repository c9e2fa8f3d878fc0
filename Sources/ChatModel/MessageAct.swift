/// An edit, deletion or reaction: an entry of the log like the message it changes (`docs/protocol.md`, section 10).
/// Indirect, because few entries have one.
package indirect enum MessageAct: Hashable, Sendable {
    /// The new text is the entry's text.
    case edit(MessageID)
    case delete(MessageID)
    case react(MessageID, emoji: String, on: Bool)
    /// A change of the room itself: its `target` is `0-0`, which is no message.
    case room(RoomChange)
    /// From a later version: takes a place in the log, without effect in this version.
    case other(ActKind, MessageID)

    /// The message it changes.
    package var target: MessageID {
        switch self {
        case .edit(let id), .delete(let id), .react(let id, _, _), .other(_, let id): id
        case .room: .zero
        }
    }

    /// The entry's text as clients may see it: none for an unknown act, whose text could mean anything.
    package func shownText(_ text: String) -> String {
        if case .other = self { "" } else { text }
    }
}

/// The name of an act unknown to this version: 1 to 32 of a-z and _.
package struct ActKind: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init?(_ name: String) {
        let isName = name.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == 0x5F }
        guard isName, (1...32).contains(name.utf8.count), !Self.known.contains(name) else {
            return nil
        }
        description = name
    }

    private static let known: Set = ["edit", "delete", "react"]
}

/// A message's state after its acts, for a reader of the log. An edited text replaces the message's own. Indirect,
/// because few messages have one.
package indirect enum MessageState: Hashable, Sendable {
    case deleted
    /// - `edited`: the last edit.
    case changed(edited: MessageID?, reactions: [MessageReaction])
}

/// Users who reacted with an emoji, in chronological order.
package struct MessageReaction: Hashable, Sendable {
    /// Different emoji on a message.
    package static let maximumEmoji = 20
    /// Different emoji of one member on a message, so that nobody uses up all places.
    package static let maximumEmojiOfOne = 5
    /// Reactions on a message, of all users and emoji.
    package static let maximumCount = 200

    package let emoji: String
    package internal(set) var users: [UserID]

    package init(emoji: String, users: [UserID]) {
        self.emoji = emoji
        self.users = users
    }

    /// - Parameter reactions: one by one, in chronological order.
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
