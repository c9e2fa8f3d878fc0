import ChatModel

/// What one client said in a room, or did to a message there, until it is judged. Part of `RoomHistory`.
struct SentMessage: Sendable {
    /// By its sender and key: the same pair is the same message.
    struct Name: Hashable, Sendable {
        let user: UserID
        let key: String
    }

    let client: HistoryChecker.ClientNumber
    /// Counts what that client said in this room.
    let number: Int
    let text: String
    /// `nil`: a message.
    let act: MessageAct?
    /// Where the log was, as that client knew it by then.
    let era: Int?
    let sentAt: ContinuousClock.Instant
    var ackedAs: MessageID?
    /// The era that was the newest when the ack came; −1: none was known yet.
    var ackedInEra = -1
    /// Why the server will not do it.
    var refusedAs: ErrorCode?
    /// Where it stands in the log, once that was judged.
    var place: (life: Int, seq: UInt64)?
}
