import ChatModel

/// What the acts upon one message come to. In Redis `publish.lua` keeps it, in memory `RoomHistory`, by the same rules.
/// A pure value.
struct ActRecord: Equatable {
    struct Reaction: Equatable {
        let emoji: String
        let user: UserID
    }

    private(set) var isDeleted = false
    /// The last edit; its entry holds the text.
    private(set) var edited: MessageID?
    /// In the order of time.
    private(set) var reactions: [Reaction] = []

    init() {}

    /// What `publish.lua` wrote: the message's number; `d`, `e <id of the last edit>` or nothing; then `<emoji> <user>`
    /// for each reaction, a line each. What cannot be read is left out.
    init(wire: String) {
        let lines = wire.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > 1 else { return }
        isDeleted = lines[1] == "d"
        if lines[1].hasPrefix("e ") { edited = MessageID(lines[1].dropFirst(2)) }
        for line in lines[2...] {
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2 else { continue }
            reactions.append(Reaction(emoji: String(words[0]), user: UserID(String(words[1]))))
        }
    }

    /// `nil`: nothing is to be told.
    var state: MessageState? {
        if isDeleted { return .deleted }
        guard edited != nil || !reactions.isEmpty else { return nil }
        return .changed(edited: edited, reactions: MessageReaction.grouped(reactions.lazy.map { ($0.emoji, $0.user) }))
    }

    /// Why an act is not taken; `nil`: it is.
    func refusal(of act: MessageAct, by user: UserID, author: UserID) -> RelayError? {
        if isDeleted { return .notFound }
        switch act {
        case .edit, .delete:
            return user == author ? nil : .forbidden
        case .react(_, _, on: false):
            return nil
        case .react(_, let emoji, on: true):
            let kinds = Set(reactions.map(\.emoji))
            let isKnown = reactions.contains(Reaction(emoji: emoji, user: user))
            let fits =
                reactions.count < MessageReaction.maximumCount
                && (kinds.contains(emoji) || kinds.count < MessageReaction.maximumEmoji)
            return isKnown || fits ? nil : .tooManyReactions
        }
    }

    /// - Parameter id: the act's own.
    mutating func apply(_ act: MessageAct, by user: UserID, id: MessageID) {
        switch act {
        case .edit: edited = id
        case .delete:
            self = ActRecord()
            isDeleted = true
        case .react(_, let emoji, let on):
            let reaction = Reaction(emoji: emoji, user: user)
            if !on {
                reactions.removeAll { $0 == reaction }
            } else if !reactions.contains(reaction) {
                reactions.append(reaction)
            }
        }
    }
}

extension ChatMessage {
    /// As it is by now. An edit shows nothing but that its message was deleted.
    /// - Parameter text: that of the last edit.
    func shown(by record: ActRecord, text: String?) -> ChatMessage {
        if act != nil { return record.isDeleted ? showing("", nil) : self }
        return showing(record.isDeleted ? "" : text ?? self.text, record.state)
    }
}

extension RelayError {
    static let notFound = RelayError(.notFound, "the room's history holds no such message, or not any more")
    static let forbidden = RelayError(.forbidden, "only who wrote a message may edit or delete it")
    static let tooManyReactions = RelayError(
        .tooManyReactions,
        "a message takes \(MessageReaction.maximumEmoji) emoji and \(MessageReaction.maximumCount) reactions in all")

    /// What `publish.lua` answers instead of a position.
    init?(refusal: String) {
        switch refusal {
        case ErrorCode.notFound.rawValue: self = .notFound
        case ErrorCode.forbidden.rawValue: self = .forbidden
        case ErrorCode.tooManyReactions.rawValue: self = .tooManyReactions
        default: return nil
        }
    }
}
