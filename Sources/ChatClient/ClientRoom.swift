import ChatModel
import ChatProtocol

/// One room as a client sees it: how far it has read, and its outbox.
///
/// A pure value, owned by `ClientStateMachine`.
struct ClientRoom {
    enum State: Equatable {
        /// To be joined as soon as the connection is open, or at `retryJoinAt`.
        case outside
        case joining
        /// Pages of the log are arriving, up to `head`.
        case catchingUp(head: RoomPosition, restarted: Bool)
        case live
        case leaving
    }

    let name: RoomName
    var state = State.outside
    var retryJoinAt: ContinuousClock.Instant?
    var outbox: ClientOutbox
    /// The last message seen, or the head of a log without new ones, from which `join` resumes; `nil`: not joined yet,
    /// or the log was replaced.
    private(set) var position: RoomPosition?

    init(name: RoomName, outbox: ClientOutbox) {
        self.name = name
        self.outbox = outbox
    }

    /// Whether messages may arrive for this room.
    var isInside: Bool {
        switch state {
        case .outside, .joining, .leaving: false
        case .catchingUp, .live: true
        }
    }

    mutating func connectionLost() {
        state = .outside
        retryJoinAt = nil
        outbox.connectionLost()
    }

    /// The server does not want this client in the room.
    mutating func expelled(returnAt: ContinuousClock.Instant) {
        connectionLost()
        retryJoinAt = returnAt
    }

    /// - Returns: whether there was no position to resume from, and what the answer omits.
    mutating func joined(_ answer: ServerFrame.Joined) -> (fresh: Bool, gap: ClientEvent.Gap?) {
        guard let known = position else {
            state = .catchingUp(head: answer.position, restarted: false)
            return (true, nil)
        }
        return (false, follow(answer.position, from: known, recovered: answer.recovered, missing: answer.missing))
    }

    mutating func reset(_ reset: ServerFrame.Reset) -> ClientEvent.Gap? {
        follow(reset.position, from: position ?? .start, recovered: reset.recovered, missing: reset.missing)
    }

    private mutating func follow(
        _ head: RoomPosition, from known: RoomPosition, recovered: Bool, missing: ServerFrame.Missing?
    ) -> ClientEvent.Gap? {
        state = .catchingUp(head: head, restarted: !recovered)
        position = recovered ? RoomPosition(epoch: head.epoch, id: known.id) : nil
        guard !recovered || missing != nil else { return nil }
        return .init(room: name, after: known, missing: missing, restarts: !recovered, head: head)
    }

    /// Accepts a message.
    /// - Returns: false if it was received before.
    mutating func take(_ id: MessageID, epoch: Epoch) -> Bool {
        if let position, position.epoch.random == epoch.random, id.seq <= position.id.seq { return false }
        position = RoomPosition(epoch: epoch, id: id)
        return true
    }

    /// The last page has arrived.
    mutating func caughtUp(to head: RoomPosition) {
        position = position ?? head
        state = .live
    }
}
