package import ChatModel

/// The judge of the promises (`docs/protocol.md`, section 5): told everything that clients said, were promised and got,
/// it answers whether each member of a room got every acknowledged message, once, in one order, and was told of whatever
/// it did not get. Acts (section 10) are entries of the log like messages; and what they made of a message must be the same
/// for everybody who shows it.
///
/// Knows nothing of sockets and time; one value for all clients of a test, guarded by its owner. Start reading at
/// `RoomHistory`, which judges one room. What every member of a room has passed is judged and forgotten.
package struct HistoryChecker: Sendable {
    /// Chosen by the test: one number for each client.
    package typealias ClientNumber = Int

    private var rooms: [RoomName: RoomHistory] = [:]
    private var violations = HistoryVerdict.Findings()
    /// How many messages of a room each member shows.
    private let shown: Int

    package init(shown: Int = 0) {
        self.shown = shown
    }

    /// A client is about to say something, for the first time under this key.
    package mutating func sent(
        client: ClientNumber, user: UserID, room: RoomName, key: String, text: String,
        act: MessageAct? = nil, at now: ContinuousClock.Instant = .now
    ) {
        rooms[room, default: RoomHistory(name: room, shown: shown)]
            .sent(client: client, user: user, key: key, text: text, act: act, at: now)
    }

    package mutating func acked(user: UserID, room: RoomName, key: String, id: MessageID) {
        rooms[room, default: RoomHistory(name: room, shown: shown)].acked(user: user, key: key, id: id)
    }

    /// The server will not do an act, as the protocol allows it.
    /// - Returns: whether it is an act of that user.
    @discardableResult
    package mutating func refused(user: UserID, room: RoomName, key: String, code: ErrorCode) -> Bool {
        rooms[room]?.refused(user: user, key: key, code: code) ?? false
    }

    /// A client is in the room, for the first time or again. `fresh`: without a position to go on from; what counts
    /// begins with `first`, or, when nothing follows from the log, after `head`.
    package mutating func joined(
        client: ClientNumber, room: RoomName, head: RoomPosition, first: MessageID?, more: Bool, fresh: Bool,
        recovered: Bool = true
    ) {
        rooms[room, default: RoomHistory(name: room, shown: shown)]
            .joined(client: client, head: head, first: first, more: more, fresh: fresh, recovered: recovered)
    }

    /// A message arrived, whether live or from the log: every one, repeated ones too, in the order of arrival.
    /// - Returns: when it was sent, if that is known.
    @discardableResult
    package mutating func received(
        client: ClientNumber, room: RoomName, epoch: Epoch, message: ChatMessage
    ) -> ContinuousClock.Instant? {
        rooms[room, default: RoomHistory(name: room, shown: shown)].received(
            client: client, epoch: epoch, message: message)
    }

    /// A client was told that it will not get something. `restart`: how far the log reaches by now, when what follows
    /// need not continue what the client had.
    package mutating func gap(
        client: ClientNumber, room: RoomName, missing: ServerFrame.Missing?, restart: RoomPosition? = nil
    ) {
        rooms[room, default: RoomHistory(name: room, shown: shown)].gap(
            client: client, missing: missing, restart: restart)
    }

    /// A client will not come back: nothing more is owed to it in this room.
    package mutating func left(client: ClientNumber, room: RoomName) {
        rooms[room]?.left(client: client)
    }

    /// A client will not come back to any room.
    package mutating func gone(client: ClientNumber) {
        for room in rooms.keys { rooms[room]?.left(client: client) }
    }

    /// Notes what a `ChatClient` reports. `user`: who it is by its last `welcome`.
    /// - Returns: when it was sent, for a message.
    @discardableResult
    package mutating func observe(_ event: ClientEvent, client: ClientNumber, user: UserID) -> ContinuousClock.Instant?
    {
        switch event {
        case .joined(let joined, let fresh):
            self.joined(
                client: client, room: joined.room, head: joined.position, first: joined.messages.first?.id,
                more: joined.more, fresh: fresh, recovered: joined.recovered)
        case .message(let room, let epoch, let message, _):
            return received(client: client, room: room, epoch: epoch, message: message)
        case .gap(let gap):
            self.gap(
                client: client, room: gap.room, missing: gap.missing, restart: gap.restarts ? gap.head : nil)
        case .acked(let room, let key, let id):
            acked(user: user, room: room, key: key, id: id)
        case .left(let room, _):
            left(client: client, room: room)
        case .violation(let what):
            violations.add(.violation, "client \(client): \(what)")
        case .opened, .closed, .unreachable, .caughtUp, .putOff, .refused, .abandoned, .frame, .failed:
            break
        }
        return nil
    }

    // MARK: What members show

    /// A room as a member shows it.
    func shown(client: ClientNumber, room: RoomName) -> ShownRoom? { rooms[room]?.shown(client: client) }

    /// Rooms in which somebody shows something, and the oldest number of it.
    var shownRooms: [(name: RoomName, first: UInt64)] {
        rooms.values.compactMap { room in room.firstShown.map { (room.name, $0) } }
    }

    /// The log was read when nothing was under way any more: what everybody shows must be what it holds.
    mutating func compare(with reading: LogReading) {
        rooms[reading.room]?.compare(with: reading)
    }

    /// Messages that are kept in memory, because somebody has yet to get them.
    package var kept: Int { rooms.values.reduce(0) { $0 + $1.kept } }

    package func verdict() -> HistoryVerdict {
        var verdict = HistoryVerdict()
        verdict.findings.merge(violations)
        for (_, room) in rooms.sorted(by: { $0.key.description < $1.key.description }) { room.judge(&verdict) }
        return verdict
    }
}
