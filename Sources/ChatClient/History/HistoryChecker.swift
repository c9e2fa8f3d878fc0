package import ChatModel
package import ChatProtocol

/// Checks the guarantees of `docs/protocol.md`, section 5. From everything that clients sent and received, it decides
/// whether each member of a room got every acknowledged message, once, in one order, and was informed of every gap. Acts
/// (section 10) are log entries like messages, and all members must show the same result.
///
/// Independent of sockets and time. One value for all clients of a test, guarded by its owner. Start reading at
/// `RoomHistory`, which checks one room. What every member of a room has passed is judged and forgotten.
package struct HistoryChecker: Sendable {
    /// Chosen by the test, one per client.
    package typealias ClientNumber = Int

    private var rooms: [RoomName: RoomHistory] = [:]
    private var violations = HistoryVerdict.Findings()
    /// How many messages of a room each member shows.
    private let shown: Int
    private let isModerated: Bool

    /// - `isModerated`: rules may refuse messages, too.
    package init(shown: Int = 0, isModerated: Bool = false) {
        self.shown = shown
        self.isModerated = isModerated
    }

    /// The user made an entry of the room before the run.
    package mutating func madeBefore(user: UserID, room: RoomName, key: String) {
        rooms[room, default: RoomHistory(name: room, shown: shown, isModerated: isModerated)].earlier.insert(
            .init(user: user, key: key))
    }

    /// A client is about to send something, for the first time under this key.
    package mutating func sent(
        client: ClientNumber, user: UserID, room: RoomName, key: String, text: String,
        act: MessageAct? = nil, re: MessageID? = nil, at now: ContinuousClock.Instant = .now
    ) {
        rooms[room, default: RoomHistory(name: room, shown: shown, isModerated: isModerated)]
            .sent(client: client, user: user, key: key, text: text, act: act, re: re, at: now)
    }

    package mutating func acked(user: UserID, room: RoomName, key: String, id: MessageID) {
        rooms[room, default: RoomHistory(name: room, shown: shown, isModerated: isModerated)].acked(
            user: user, key: key, id: id)
    }

    /// The server rejected an act or, in a moderated room, a message.
    /// - Returns: whether it is one of that user, and the protocol allows that.
    @discardableResult
    package mutating func refused(
        user: UserID, room: RoomName, key: String, code: ErrorCode, at now: ContinuousClock.Instant = .now
    ) -> Bool {
        rooms[room]?.refused(user: user, key: key, code: code, at: now) ?? false
    }

    /// A client joined or rejoined the room. `fresh`: without a position to resume from; then what counts starts at
    /// `first` or, if no page follows, after `head`.
    package mutating func joined(
        client: ClientNumber, room: RoomName, head: RoomPosition, first: MessageID?, more: Bool, fresh: Bool,
        recovered: Bool = true
    ) {
        rooms[room, default: RoomHistory(name: room, shown: shown, isModerated: isModerated)]
            .joined(client: client, head: head, first: first, more: more, fresh: fresh, recovered: recovered)
    }

    /// A message arrived, live or from the log. Report every arrival, including repeated ones, in order.
    /// - Returns: when it was sent, if known.
    @discardableResult
    package mutating func received(
        client: ClientNumber, room: RoomName, epoch: Epoch, message: ChatMessage
    ) -> ContinuousClock.Instant? {
        rooms[room, default: RoomHistory(name: room, shown: shown, isModerated: isModerated)].received(
            client: client, epoch: epoch, message: message)
    }

    /// A gap was reported to a client. `restart`: the log's head, if what follows may not continue what the client had.
    package mutating func gap(
        client: ClientNumber, room: RoomName, missing: ServerFrame.Missing?, restart: RoomPosition? = nil
    ) {
        rooms[room, default: RoomHistory(name: room, shown: shown, isModerated: isModerated)].gap(
            client: client, missing: missing, restart: restart)
    }

    /// A client was removed from the room or not let in, and will try again.
    package mutating func expelled(
        client: ClientNumber, user: UserID, room: RoomName, at now: ContinuousClock.Instant = .now
    ) {
        rooms[room]?.expelled(client: client, user: user, at: now)
    }

    /// A client has read a part of the log besides what it follows.
    package mutating func read(
        user: UserID, room: RoomName, head: RoomPosition, messages: [ChatMessage],
        at now: ContinuousClock.Instant = .now
    ) {
        rooms[room]?.read(user: user, head: head, messages: messages, at: now)
    }

    /// A client will not return to this room: it misses nothing more there.
    package mutating func left(client: ClientNumber, room: RoomName) {
        rooms[room]?.left(client: client)
    }

    /// A client will not return to any room.
    package mutating func gone(client: ClientNumber) {
        for room in rooms.keys { rooms[room]?.left(client: client) }
    }

    /// Records an event of a `ChatClient`. `user`: the user in its latest `welcome`.
    /// - Returns: for a message, when it was sent.
    @discardableResult
    package mutating func observe(
        _ event: ClientEvent, client: ClientNumber, user: UserID, at now: ContinuousClock.Instant = .now
    ) -> ContinuousClock.Instant? {
        switch event {
        case .joined(let joined, let fresh):
            self.joined(
                client: client, room: joined.room, head: joined.position, first: joined.messages.first?.id,
                more: joined.more, fresh: fresh, recovered: joined.recovered)
        case .message(let room, let epoch, let message, let arrival):
            rooms[room]?.reads(message, epoch: epoch, client: client, user: user, arrival: arrival, at: now)
            return received(client: client, room: room, epoch: epoch, message: message)
        case .caughtUp(let room):
            rooms[room]?.watch.enter(client)
        case .postponed(let room, let key?, let error) where error.code == .unavailable:
            rooms[room]?.postponed(user: user, key: key)
        case .expelled(let room, _):
            expelled(client: client, user: user, room: room, at: now)
        case .frame(.history(let page)):
            read(user: user, room: page.room, head: page.position, messages: page.messages, at: now)
        case .frame(.found(let found)):
            read(user: user, room: found.room, head: found.page.position, messages: found.page.messages, at: now)
        case .gap(let gap):
            self.gap(client: client, room: gap.room, missing: gap.missing, restart: gap.restarts ? gap.head : nil)
        case .acked(let room, let key, let id):
            acked(user: user, room: room, key: key, id: id)
        case .left(let room, _):
            left(client: client, room: room)
        case .violation(let what):
            violations.add(.violation, "client \(client): \(what)")
        case .opened, .closed, .unreachable, .postponed, .refused, .abandoned, .frame, .failed:
            break
        }
        return nil
    }

    // MARK: Shown messages

    /// A room as a member shows it.
    func shown(client: ClientNumber, room: RoomName) -> ShownRoom? { rooms[room]?.shown(client: client) }

    /// Rooms in which some member shows messages, with the oldest number shown.
    var shownRooms: [(name: RoomName, first: UInt64)] {
        rooms.values.compactMap { room in room.firstShown.map { (room.name, $0) } }
    }

    /// The log was read with nothing in flight: every member must show what it contains.
    mutating func compare(with reading: LogReading) {
        rooms[reading.room]?.compare(with: reading)
    }

    /// Some texts that were deleted in the log as it was read.
    func deletedTexts(_ count: Int, in reading: LogReading) -> [LogReader.Probe] {
        guard let head = reading.head, let room = rooms[reading.room] else { return [] }
        return room.deletedTexts(count, at: head).map { LogReader.Probe(room: reading.room, id: $0.id, text: $0.text) }
    }

    /// A deleted text was searched for.
    mutating func found(_ messages: [ChatMessage], by probe: LogReader.Probe) {
        rooms[probe.room]?.found(messages, searching: probe.text, of: probe.id)
    }

    /// Messages kept in memory because some member has yet to receive them.
    package var kept: Int { rooms.values.reduce(0) { $0 + $1.kept } }

    package func verdict() -> HistoryVerdict {
        var verdict = HistoryVerdict()
        verdict.findings.merge(violations)
        for (_, room) in rooms.sorted(by: { $0.key.description < $1.key.description }) { room.judge(&verdict) }
        return verdict
    }
}
