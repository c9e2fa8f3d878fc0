/// What the acts upon one message come to. In Redis `publish.lua` keeps it, in memory `RoomHistory`, by the same rules.
/// A pure value.
package struct ActRecord: Equatable {
    struct Reaction: Equatable {
        let emoji: String
        let user: UserID
    }

    package private(set) var isDeleted = false
    /// The last edit; its entry holds the text.
    package private(set) var edited: MessageID?
    /// In the order of time.
    private var reactions: [Reaction] = []

    package init() {}

    /// What `publish.lua` wrote: the message's number; `d`, `e <id of the last edit>` or nothing; then `<emoji> <user>`
    /// for each reaction, a line each. What cannot be read is left out.
    /// Later versions may put more words behind these, and earlier ones have kept emoji as they came.
    package init(wire: String) {
        let lines = wire.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > 1 else { return }
        let standing = lines[1].split(separator: " ")
        isDeleted = standing.first == "d"
        if standing.count > 1, standing[0] == "e" { edited = MessageID(standing[1]) }
        for line in lines[2...] {
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2 else { continue }
            add(Reaction(emoji: Emoji.normal(String(words[0])), user: UserID(String(words[1]))))
        }
    }

    /// `nil`: nothing is to be told.
    package var state: MessageState? {
        if isDeleted { return .deleted }
        guard edited != nil || !reactions.isEmpty else { return nil }
        return .changed(edited: edited, reactions: MessageReaction.grouped(reactions.lazy.map { ($0.emoji, $0.user) }))
    }

    /// Why an act is not taken; `nil`: it is.
    package func refusal(of act: MessageAct, by user: UserID, author: UserID) -> RelayError? {
        if isDeleted { return .notFound }
        switch act {
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
        case .other:
            return .notFound
        }
    }

    /// - Parameter id: the act's own.
    package mutating func apply(_ act: MessageAct, by user: UserID, id: MessageID) {
        switch act {
        case .edit: edited = id
        case .delete:
            self = ActRecord()
            isDeleted = true
        case .react(_, let emoji, let on):
            let reaction = Reaction(emoji: Emoji.normal(emoji), user: user)
            if on { add(reaction) } else { reactions.removeAll { $0 == reaction } }
        case .other: break
        }
    }

    private mutating func add(_ reaction: Reaction) {
        if !reactions.contains(reaction) { reactions.append(reaction) }
    }
}

extension ChatMessage {
    /// As it is by now. Only the last edit shows its text, and only as long as its message is there: what was said before
    /// it, or was deleted, is not handed out any more.
    /// - Parameters:
    ///   - record: of this message, or of the one that the act is upon; `nil`: there is none.
    ///   - text: that of the last edit.
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
    package static let notFound = RelayError(.notFound, "the room's history holds no such message, or not any more")
    package static let forbidden = RelayError(.forbidden, "only who wrote a message may edit or delete it")
    package static let tooManyReactions = RelayError(
        .tooManyReactions,
        "a message takes \(MessageReaction.maximumEmoji) emoji, \(MessageReaction.maximumEmojiOfOne) of one member, and "
            + "\(MessageReaction.maximumCount) reactions in all")

    package static let logFull = RelayError(
        .overloaded, "there is no memory for new rooms: write in a room that has messages, or try again later")
}
