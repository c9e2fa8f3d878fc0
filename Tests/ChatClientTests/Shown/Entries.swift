import ChatModel

/// Entries of a room's log, for tests.
enum Entries {
    static func id(_ seq: UInt64) -> MessageID { MessageID(ms: 1_000 + seq, seq: seq) }

    /// - Parameter key: as `HistoryChecker` is told of it; its number, where nothing else is said.
    static func message(
        _ seq: UInt64, by user: String = "ann", _ text: String, key: String? = nil, re: UInt64? = nil
    ) -> ChatMessage {
        entry(seq, user, text, key: key, re: re.map(id))
    }

    static func edit(_ target: UInt64, as seq: UInt64, by user: String = "ann", _ text: String) -> ChatMessage {
        entry(seq, user, text, .edit(id(target)))
    }

    static func delete(_ target: UInt64, as seq: UInt64, by user: String = "ann") -> ChatMessage {
        entry(seq, user, "", .delete(id(target)))
    }

    static func react(
        _ target: UInt64, as seq: UInt64, _ emoji: String, on: Bool = true, by user: String = "bob"
    ) -> ChatMessage {
        entry(seq, user, "", .react(id(target), emoji: emoji, on: on))
    }

    private static func entry(
        _ seq: UInt64, _ user: String, _ text: String, key: String? = nil, _ act: MessageAct? = nil,
        re: MessageID? = nil
    ) -> ChatMessage {
        ChatMessage(
            id: id(seq), user: UserID(user), name: user, text: text, key: key ?? "k\(seq)", ts: 1_000, act: act, re: re)
    }
}
