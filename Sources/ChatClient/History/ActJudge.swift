import ChatModel

/// Checks whether the acts in a log are valid, by replaying it entry by entry with each message's author and state.
/// Part of `RoomHistory`, which passes the entries in order once all members have them.
struct ActJudge: Sendable {
    /// Older messages are forgotten, and acts on them are not checked.
    private static let kept = 4_096

    private var room = ShownRoom(limit: Self.kept)
    private var logNumber: Int?
    /// The newest log in which some member missed entries, or that lost its tail: acts there cannot be checked.
    private var unknown = -1

    mutating func loseSight(of logNumber: Int) {
        unknown = max(unknown, logNumber)
    }

    /// - `moderates`: its author may delete what others said.
    /// - Returns: why the entry is invalid; `nil`: valid, as far as is known.
    mutating func see(_ entry: ChatMessage, moderates: Bool, logNumber: Int) -> String? {
        if logNumber != self.logNumber {
            self.logNumber = logNumber
            room.forget()
        }
        guard logNumber > unknown else { return nil }
        defer { room.take(entry.showing(entry.text, nil)) }
        guard let act = entry.act, let message = room[act.target] else { return nil }
        if message.isDeleted { return "\(entry.id) is an act on \(act.target), which was already deleted" }
        switch act {
        case .delete where moderates: return nil
        case .edit, .delete:
            return message.author == entry.user
                ? nil : "\(entry.id) by \(entry.user) changes \(act.target), which \(message.author) wrote"
        case .react(_, let emoji, let on):
            let users = message.reactions[emoji] ?? []
            guard on, !users.contains(entry.user) else { return nil }
            if users.isEmpty, message.reactions.count >= MessageReaction.maximumEmoji {
                return "\(entry.id) exceeds the emoji limit of a message"
            }
            let own = message.reactions.values.count(where: { $0.contains(entry.user) })
            return own < MessageReaction.maximumEmojiOfOne
                ? nil : "\(entry.id) exceeds the emoji limit of a message for \(entry.user)"
        case .room, .other: return nil
        }
    }
}
