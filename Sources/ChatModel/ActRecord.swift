/// The combined effect of all acts on one message. Kept by `publish.lua` in Redis and by `RoomHistory` in memory, by
/// the same rules. A pure value.
package struct ActRecord: Equatable {
    struct Reaction: Equatable {
        let emoji: String
        let user: UserID
    }

    package private(set) var isDeleted = false
    /// Id of the last edit; its log entry holds the text.
    package private(set) var edited: MessageID?
    /// Oldest first.
    private var reactions: [Reaction] = []

    package init() {}

    /// Parses what `publish.lua` wrote: the message's seq; `d`, `e <id of the last edit>` or nothing; then a line
    /// `<emoji> <user>` per reaction. Unreadable lines are skipped. Later versions may append words; earlier ones
    /// stored emoji unnormalized.
    package init(wire: String) {
        let lines = wire.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > 1 else { return }
        let standing = lines[1].split(separator: " ")
        isDeleted = standing.first == "d"
        if standing.count > 1, standing[0] == "e" { edited = MessageID(String(standing[1])) }
        for line in lines[2...] {
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2 else { continue }
            add(Reaction(emoji: Emoji.normal(String(words[0])), user: UserID(String(words[1]))))
        }
    }

    /// `nil` if there is nothing to report.
    package var state: MessageState? {
        if isDeleted { return .deleted }
        guard edited != nil || !reactions.isEmpty else { return nil }
        return .changed(edited: edited, reactions: MessageReaction.grouped(reactions.lazy.map { ($0.emoji, $0.user) }))
    }

    /// Why `act` is refused; `nil` if it is accepted.
    /// - `moderates`: whether the user may delete the messages of others.
    package func refusal(
        of act: MessageAct, by user: UserID, author: UserID, moderates: Bool = false
    ) -> RelayError? {
        if isDeleted { return .notFound }
        switch act {
        case .delete where moderates:
            return nil
        case .edit, .delete:
            return user == author ? nil : .forbidden
        case .react(_, _, on: false):
            return nil
        case .react(_, let emoji, on: true):
            let reaction = Reaction(emoji: Emoji.normal(emoji), user: user)
            let kinds = Set(reactions.map(\.emoji))
            let fits =
                reactions.count < MessageReaction.maximumCount
                && reactions.count(where: { $0.user == user }) < MessageReaction.maximumEmojiOfOne
                && (kinds.contains(reaction.emoji) || kinds.count < MessageReaction.maximumEmoji)
            return reactions.contains(reaction) || fits ? nil : .tooManyReactions
        case .room, .other:
            return .notFound
        }
    }

    /// - Parameter id: id of the act.
    package mutating func apply(_ act: MessageAct, by user: UserID, id: MessageID) {
        switch act {
        case .edit: edited = id
        case .delete:
            self = ActRecord()
            isDeleted = true
        case .react(_, let emoji, let on):
            let reaction = Reaction(emoji: Emoji.normal(emoji), user: user)
            if on { add(reaction) } else { reactions.removeAll { $0 == reaction } }
        case .room, .other: break
        }
    }

    private mutating func add(_ reaction: Reaction) {
        if !reactions.contains(reaction) { reactions.append(reaction) }
    }
}

extension ChatMessage {
    /// The message as clients may see it now. Only the last edit shows its text, and only while its message exists:
    /// superseded and deleted text is never sent.
    /// - Parameters:
    ///   - record: of this message or the act's target; `nil`: none.
    ///   - text: text of the last edit.
    package func shown(by record: ActRecord?, text: String?) -> ChatMessage {
        switch act {
        case .edit: return record.map { !$0.isDeleted && $0.edited == id } ?? false ? self : showing("", nil)
        case .some(let act): return showing(act.shownText(self.text), nil)
        case nil:
            guard let record else { return self }
            return showing(record.isDeleted ? "" : text ?? self.text, record.state)
        }
    }
}

extension RelayError {
    package static let notFound = RelayError(.notFound, "no such message in the room's history")
    package static let forbidden = RelayError(.forbidden, "only the author may edit or delete a message")
    package static let tooManyReactions = RelayError(
        .tooManyReactions,
        "a message can have \(MessageReaction.maximumEmoji) emoji, \(MessageReaction.maximumEmojiOfOne) per member, "
            + "and \(MessageReaction.maximumCount) reactions in total")

    package static let logFull = RelayError(
        .overloaded, "no memory left for new rooms: write in a room that has messages, or try again later")
}
