import ChatModel

/// A message or act sent by a client, until it is judged. Part of `RoomHistory`.
struct SentMessage: Sendable {
    /// The sender and key, which identify a message.
    struct Name: Hashable, Sendable {
        let user: UserID
        let key: String
    }

    let client: HistoryChecker.ClientNumber
    /// The client's running number in this room.
    let number: Int
    let text: String
    /// `nil`: a message.
    let act: MessageAct?
    /// The message that it answers.
    let re: MessageID?
    /// The log's era, as that client knew it when it sent this.
    let era: Int?
    let sentAt: ContinuousClock.Instant
    /// The newest entry that any client knew then.
    let after: RulesJudge.Place
    /// How often the client had joined the room then.
    let joins: Int
    var ackedAs: MessageID?
    /// The newest era when the ack arrived; −1: none yet.
    var ackedInEra = -1
    /// Why the server rejected it.
    var refusedAs: ErrorCode?
    /// It was probably sent again before it was answered: one copy may be rejected and the other accepted, if the rules
    /// changed between them.
    var isRepeated = false
    /// Its position in the log, once judged.
    var place: (logNumber: Int, seq: UInt64)?

    /// Whether it may have become this act.
    /// - `ts`: of the entry.
    func stands(as entry: MessageAct?, at ts: Int64) -> Bool {
        guard case .room(.role(let role, let whom, .after(let seconds))) = act else { return act == entry }
        return entry == .room(.role(role, of: whom, .at(ts + Int64(seconds) * 1_000)))
    }
}
