import ChatModel

/// The latest rejected acts, kept until the log shows whether the rejection was right. Part of `RoomHistory`.
struct RefusedActs: Sendable {
    struct Refusal: Sendable {
        let key: String
        let act: MessageAct
        let user: UserID
        let code: ErrorCode
        /// The log's era when it was sent: in another era the same id may be another message.
        let era: Int?

        /// How the log contradicts the rejection. It cannot tell how many reactions there were at that time.
        func contradiction(to reading: LogReading) -> String? {
            guard reading.covers(act.target), let message = reading[act.target] else { return nil }
            switch (code, act) {
            case (.notFound, _) where !message.isDeleted:
                return "\(user) got not found for \(act), but the log has \(message)"
            case (.forbidden, .react):
                return "\(user) was not allowed to react to \(message)"
            case (.forbidden, _) where message.author == user:
                return "\(user) was not allowed \(act) on its own message"
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
