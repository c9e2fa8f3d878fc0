import ChatModel

/// The last acts that the server would not do, until the log can say whether it was right. Part of `RoomHistory`.
struct RefusedActs: Sendable {
    struct Refusal: Sendable {
        let act: MessageAct
        let user: UserID
        let code: ErrorCode
        /// Where the log was when it was sent: another one may have the same id for another message.
        let era: Int?

        /// What in the log speaks against the refusal. Of reactions the log does not say how many there were.
        func contradiction(to reading: LogReading) -> String? {
            guard reading.covers(act.target), let message = reading[act.target] else { return nil }
            switch (code, act) {
            case (.notFound, _) where !message.isDeleted:
                return "\(user) was refused \(act) as not found, and the log has \(message)"
            case (.forbidden, .react):
                return "\(user) was forbidden to react to \(message)"
            case (.forbidden, _) where message.author == user:
                return "\(user) was forbidden \(act) upon a message of its own"
            default:
                return nil
            }
        }
    }

    private static let kept = 1_024

    private(set) var all: [Refusal] = []

    mutating func add(_ refusal: Refusal) {
        all.append(refusal)
        if all.count >= 2 * Self.kept { all.removeFirst(Self.kept) }
    }
}
