import ChatModel

/// What members of a room with rules read, and when they had to leave it.
extension RoomHistory {
    mutating func expelled(client: HistoryChecker.ClientNumber, user: UserID, at now: ContinuousClock.Instant) {
        let seq = members[client]?.reached ?? 0
        rules.note(.isExpelled, by: user, from: .init(seq: seq, ts: 0), at: now)
    }

    /// A member is about to receive an entry.
    mutating func reads(
        _ message: ChatMessage, epoch: Epoch, client: HistoryChecker.ClientNumber, user: UserID,
        arrival: ClientEvent.Arrival, at now: ContinuousClock.Instant
    ) {
        if watch.readsAfterRemoval(message, client, user) {
            rules.note(.reads, by: user, from: .init(seq: message.id.seq, ts: message.ts), at: now)
        }
        if case .page = arrival, let head = watch.heads[client] {
            check(message, of: RoomPosition(epoch: epoch, id: head.id), by: user)
        }
    }

    /// A client has read a page of the history, or what it searched for.
    mutating func read(user: UserID, head: RoomPosition, messages: [ChatMessage], at now: ContinuousClock.Instant) {
        guard head.epoch != .none else { return }
        rules.note(.reads, by: user, from: .init(seq: head.id.seq, ts: messages.last?.ts ?? 0), at: now)
        for message in messages { check(message, of: head, by: user) }
    }

    private mutating func check(_ message: ChatMessage, of head: RoomPosition, by user: UserID) {
        guard watch.isUndeleted(message, at: head) else { return }
        tally.findings.add(
            .undeleted, "\(name): \(user) read \(message.id), “\(message.text.prefix(40))”, at \(head.id)")
    }

    /// Some of what was deleted, and what it was.
    func deletedTexts(_ count: Int, at head: RoomPosition) -> [(id: MessageID, text: String)] {
        let targets = Set(watch.deleted(at: head))
        var texts: [(id: MessageID, text: String)] = []
        for message in messages.values where texts.count < count && message.act == nil && !message.text.isEmpty {
            guard let id = message.ackedAs, targets.contains(id) else { continue }
            texts.append((id, message.text))
        }
        return texts
    }

    /// A deleted text was searched for, in the whole log.
    mutating func found(_ messages: [ChatMessage], searching text: String, of id: MessageID) {
        tally.searched += 1
        for message in messages where message.id == id || message.text == text {
            tally.findings.add(.undeleted, "\(name): a search for the deleted “\(text.prefix(40))” found \(message.id)")
        }
    }
}
