import ChatModel

/// Whether the acts that stand in a log may stand there: follows it from entry to entry, with what acts make of its
/// messages, and knows who wrote them. Part of `RoomHistory`, which has the entries in their order once everybody has them.
struct ActJudge: Sendable {
    /// A message further back than this is not known any more, nor what is done to it judged.
    private static let kept = 4_096

    private var room = ShownRoom(limit: Self.kept)
    private var life: Int?
    /// The newest life of which somebody missed something, or that lost its end: what was done there is not known.
    private var unknown = -1

    mutating func loseSight(of life: Int) {
        unknown = max(unknown, life)
    }

    /// - Returns: why the entry may not be there; `nil`: it may, as far as is known.
    mutating func see(_ entry: ChatMessage, life: Int) -> String? {
        if life != self.life {
            self.life = life
            room.forget()
        }
        guard life > unknown else { return nil }
        defer { room.take(entry.showing(entry.text, nil)) }
        guard let act = entry.act, let message = room[act.target] else { return nil }
        if message.isDeleted { return "\(entry.id) is an act upon \(act.target), which was deleted before" }
        switch act {
        case .edit, .delete:
            return message.author == entry.user
                ? nil : "\(entry.id) by \(entry.user) changes \(act.target), which \(message.author) wrote"
        case .react(_, let emoji, let on):
            let isMore = on && message.reactions[emoji] == nil
            return isMore && message.reactions.count >= MessageReaction.maximumEmoji
                ? "\(entry.id) is one emoji more than a message takes" : nil
        }
    }
}
