import ChatModel

/// Chooses what a crowd's client does to a message it shows: mostly something valid, sometimes something the server
/// must reject because the message belongs to somebody else, is deleted, or has its maximum of reactions.
///
/// Pure: the same room, user and random numbers give the same act.
enum ActChoice {
    /// Only recent messages, so that acts collide.
    static let recent = 16
    /// In a large crowd, own messages are rare.
    private static let ownAmong = 64
    /// All clients react to one message for this many numbers, until it is full.
    private static let favouriteFor: UInt64 = 1_024
    /// More than one message accepts.
    private static let emoji = [
        "👍", "🎉", "😀", "😂", "😍", "🤔", "😮", "😢", "😡", "🙏", "👏", "🔥", "💯", "✅", "❌", "👀", "🚀", "🎂", "🍕", "🐱", "🐶", "🌈",
    ]

    /// `nil`: there is no message.
    static func next(
        in room: ShownRoom, by user: UserID, using generator: inout some RandomNumberGenerator
    ) -> MessageAct? {
        let recent = Array(room.messages.suffix(Self.recent))
        guard let some = recent.randomElement(using: &generator) else { return nil }
        let few = emoji[Int.random(in: 0..<4, using: &generator)]
        let reaction = MessageAct.react(some.id, emoji: few, on: Bool.random(using: &generator))
        switch Int.random(in: 0..<20, using: &generator) {
        case 0..<8:
            guard let favourite = favourite(in: room) else { return reaction }
            // An emoji it does not have yet, to fill it soon.
            let missing = emoji.first { favourite.reactions[$0] == nil } ?? few
            return .react(favourite.id, emoji: missing, on: true)
        case 8..<13:
            return own(in: room, of: user).randomElement(using: &generator).map { .edit($0.id) } ?? reaction
        case 13..<15:
            return own(in: room, of: user).randomElement(using: &generator).map { .delete($0.id) } ?? reaction
        case 15:
            return some.author == user ? reaction : .delete(some.id)
        case 16:
            return recent.last(where: \.isDeleted).map { .edit($0.id) } ?? reaction
        case 17:
            return recent.last(where: \.isDeleted).map { .react($0.id, emoji: few, on: true) } ?? reaction
        default:
            return reaction
        }
    }

    private static func own(in room: ShownRoom, of user: UserID) -> [ShownMessage] {
        room.messages.suffix(Self.ownAmong).filter { $0.author == user && !$0.isDeleted }
    }

    private static func favourite(in room: ShownRoom) -> ShownMessage? {
        guard let newest = room.messages.last?.id.seq else { return nil }
        let since = newest - newest % favouriteFor
        return room.messages.first { $0.id.seq >= since && !$0.isDeleted }
    }
}
