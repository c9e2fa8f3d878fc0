package import ChatModel
import ChatProtocol
import Synchronization

/// What the clients of a `Crowd` saw, all together: receives every event, checks it with `HistoryChecker` and measures.
/// Guarded by one lock, because it is entered from every event loop.
package final class CrowdRecord: Sendable {
    /// How far a client has read in a room.
    fileprivate struct Place: Hashable {
        let life: UInt64
        let seq: UInt64
    }

    fileprivate struct Member {
        var user: UserID?
        var live: Set<RoomName> = []
        /// Rooms from which it is currently banned or removed.
        var expelled: Set<RoomName> = []
        /// Of its latest `welcome`, for another client of the same user.
        var token: String?
        /// No entry: nothing yet, or nothing since the client learned that the log was replaced.
        var reached: [RoomName: Place] = [:]
        /// When it lost its rooms, until it is in all of them again.
        var closedAt: ContinuousClock.Instant?
        /// When the last message arrived; `nil` while no message is expected.
        var heardAt: ContinuousClock.Instant?
        /// Paused on purpose.
        var deaf = false

        /// Whether it is wherever it may be.
        func isSettled(in rooms: Int) -> Bool { live.count + expelled.count == rooms }
    }

    fileprivate struct State {
        let rooms: Int
        let isModerated: Bool
        var checker: HistoryChecker
        var members: [Member]
        /// The newest acknowledged number since the log was last replaced.
        var newest: [RoomName: UInt64] = [:]
        /// When each message was sent, until it is settled.
        var waiting: [String: ContinuousClock.Instant] = [:]
        var refusals: [String] = []
        var numbers = CrowdNumbers()
        var healing = Healing()
        var sending = false
        /// Whether every node so far keeps what a message answers.
        var knowsReplies = true
    }

    fileprivate static let refusalsKept = 1_000
    private let state: Mutex<State>

    /// - Parameter shown: how many messages per room each client keeps.
    /// - Parameter isModerated: rules may remove clients and refuse messages.
    init(clients: Int, rooms: Int, shown: Int = 0, isModerated: Bool = false) {
        state = Mutex(
            State(
                rooms: rooms, isModerated: isModerated, checker: HistoryChecker(shown: shown, isModerated: isModerated),
                members: .init(repeating: Member(), count: clients)))
    }

    func willSend(
        _ text: String, key: String, from client: Int, to room: RoomName, act: MessageAct? = nil, re: MessageID? = nil,
        at now: ContinuousClock.Instant = .now
    ) {
        state.withLock { state in
            guard let user = state.members[client].user else { preconditionFailure("send before the welcome") }
            if !state.sending { state.startSending(at: now) }
            state.waiting[key] = now
            state.numbers.sent += 1
            state.checker.sent(client: client, user: user, room: room, key: key, text: text, act: act, re: re, at: now)
        }
    }

    /// Sending has ended: from here on silence is expected.
    package func stopSending() {
        state.withLock { state in
            state.sending = false
            for index in state.members.indices { state.members[index].heardAt = nil }
        }
    }

    /// A client pauses or resumes reading on purpose; its silence is not the server's fault.
    package func setDeaf(_ deaf: Bool, client: Int) {
        state.withLock { state in
            state.members[client].deaf = deaf
            state.members[client].heardAt = nil
        }
    }

    /// - Returns: whether a message that waited for its ack was settled.
    @discardableResult
    func observe(_ event: ClientEvent, client: Int, at now: ContinuousClock.Instant = .now) -> Bool {
        state.withLock { $0.observe(event, client: client, now: now) }
    }

    // MARK: Queries

    package var verdict: HistoryVerdict { state.withLock { $0.checker.verdict() } }
    package var connections: Int { state.withLock { $0.numbers.connections } }
    package var refusals: [String] { state.withLock { $0.refusals } }
    package var allAcked: Bool { waiting == 0 }
    /// Messages sent but not acknowledged yet.
    package var waiting: Int { state.withLock { $0.waiting.count } }
    /// Messages kept in memory because some client has yet to receive them.
    package var kept: Int { state.withLock { $0.checker.kept } }

    /// A possible act by the client in this room; `nil`: none.
    func act(of client: Int, in room: RoomName, using generator: inout SplitMix64) -> MessageAct? {
        state.withLock { state in
            guard let user = state.members[client].user else { return nil }
            return state.checker.shown(client: client, room: room)
                .flatMap { ActChoice.next(in: $0, by: user, using: &generator) }
        }
    }

    /// What the client's next message answers: for one in ten, some message that it shows; otherwise `nil`.
    func answer(of client: Int, in room: RoomName, using generator: inout SplitMix64) -> MessageID? {
        state.withLock { state in
            guard Int.random(in: 0..<10, using: &generator) == 0, state.knowsReplies else { return nil }
            return state.checker.shown(client: client, room: room)?.messages.suffix(ActChoice.recent)
                .randomElement(using: &generator)?.id
        }
    }

    /// Rooms in which some client shows messages, with the oldest number shown.
    var shownRooms: [(name: RoomName, first: UInt64)] { state.withLock { $0.checker.shownRooms } }

    /// The user made an entry of the room before the run.
    func madeBefore(user: UserID, room: RoomName, key: String) {
        state.withLock { $0.checker.madeBefore(user: user, room: room, key: key) }
    }

    func user(of client: Int) -> UserID? { state.withLock { $0.members[client].user } }

    func token(of client: Int) -> String? { state.withLock { $0.members[client].token } }

    func isExpelled(_ client: Int, from room: RoomName) -> Bool {
        state.withLock { $0.members[client].expelled.contains(room) }
    }

    /// A message of another user that the client shows and that is not deleted; `nil`: none.
    func message(ofOthersBy client: Int, in room: RoomName, using generator: inout SplitMix64) -> MessageID? {
        state.withLock { state in
            state.checker.shown(client: client, room: room)?.messages.suffix(ActChoice.recent)
                .filter { $0.author != state.members[client].user && !$0.isDeleted }
                .randomElement(using: &generator)?.id
        }
    }

    /// Some texts that were deleted in the log as it was read.
    func deletedTexts(_ count: Int, in reading: LogReading) -> [LogReader.Probe] {
        state.withLock { $0.checker.deletedTexts(count, in: reading) }
    }

    func found(_ messages: [ChatMessage], by probe: LogReader.Probe) {
        state.withLock { $0.checker.found(messages, by: probe) }
    }

    func compare(with reading: LogReading) { state.withLock { $0.checker.compare(with: reading) } }

    package var numbers: CrowdNumbers {
        state.withLock { state in
            var numbers = state.numbers
            numbers.waiting = state.waiting.count
            numbers.healing = state.healing.times
            return numbers
        }
    }

    package func isLive(_ client: Int) -> Bool { state.withLock { !$0.members[client].live.isEmpty } }

    package func times(closedWith code: UInt16) -> Int { state.withLock { $0.numbers.closes[code] ?? 0 } }

    package func isLive(everywhere rooms: [RoomName]) -> Bool {
        state.withLock { state in state.members.allSatisfy { $0.live.count == rooms.count } }
    }

    /// Whether all clients have read equally far in each room, and at least as far as was acknowledged.
    package func allReached(in rooms: [RoomName]) -> Bool {
        state.withLock { state in
            rooms.allSatisfy { room in
                let place = state.members.first?.reached[room]
                return state.members.allSatisfy { $0.reached[room] == place }
                    && place?.seq ?? 0 >= state.newest[room] ?? 0
            }
        }
    }

    package var summary: String {
        state.withLock { state in
            let behind = state.members.filter { $0.live.count < state.rooms }.count
            return
                "(\(state.waiting.count) unacked, \(behind) of \(state.members.count) not live, newest \(state.newest), "
                + "\(state.numbers.connections) connections, closes \(state.numbers.closes), "
                + "refusals \(state.refusals.prefix(3)))"
        }
    }
}

extension CrowdRecord.State {
    fileprivate mutating func startSending(at now: ContinuousClock.Instant) {
        sending = true
        for index in members.indices { members[index].heardAt = now }
    }

    fileprivate mutating func observe(_ event: ClientEvent, client: Int, now: ContinuousClock.Instant) -> Bool {
        let sentAt = checker.observe(event, client: client, user: members[client].user ?? UserID(""), at: now)
        switch event {
        case .opened(let welcome):
            members[client].user = welcome.user.id
            members[client].token = welcome.token
            numbers.connections += 1
            numbers.limits = welcome.limits
            if !welcome.features.contains(ServerFrame.Welcome.replies) { knowsReplies = false }
        case .unreachable(let url, let reason):
            numbers.unreachable = "\(url) cannot be reached: \(reason)"
        case .closed(let code, let retryIn):
            closed(client, code: code, forGood: retryIn == nil, now: now)
        case .caughtUp(let room):
            caughtUp(client, room: room, now: now)
        case .message(let room, let epoch, let message, _):
            numbers.received += 1
            members[client].reached[room] = .init(life: epoch.random, seq: message.id.seq)
            if let sentAt { numbers.latency.record(now - sentAt) }
            heard(client, now: now)
        case .gap(let gap):
            numbers.gaps += 1
            guard gap.restarts else { break }
            members[client].reached[gap.room] = nil
            newest[gap.room] = nil
        case .acked(let room, let key, let id):
            newest[room] = max(newest[room] ?? 0, id.seq)
            guard settle(key, now: now) != nil else { return false }
            numbers.acked += 1
            return true
        case .postponed(_, _, let error):
            numbers.postponed[error.code, default: 0] += 1
            guard error.code == .unavailable else { break }
            healing.disturbed(at: now)
            if numbers.live == members.count { healing.allAreLive(waiting: waiting.count, at: now) }
        case .refused(let room, let key, let error):
            let settled = key.flatMap { settle($0, now: now) }
            if let key, let user = members[client].user, error.code.mayRefuseAct,
                checker.refused(user: user, room: room, key: key, code: error.code, at: now)
            {
                if settled != nil { numbers.refused[error.code, default: 0] += 1 }
            } else {
                refuse("client \(client): \(error)")
            }
            return settled != nil
        case .failed(let error) where isModerated && error.code.mayRefuseReading:
            numbers.postponed[error.code, default: 0] += 1
        case .failed(let error):
            refuse("client \(client): \(error)")
        case .abandoned(_, let key, _):
            refuse("client \(client) abandoned \(key)")
            return settle(key, now: now) != nil
        case .expelled(let room, _):
            numbers.expulsions += members[client].live.contains(room) ? 1 : 0
            expelled(client, room: room, now: now)
        case .joined, .left, .frame, .violation:
            break
        }
        return false
    }

    private mutating func refuse(_ what: String) {
        if refusals.count < CrowdRecord.refusalsKept { refusals.append(what) }
    }

    private mutating func closed(_ client: Int, code: UInt16?, forGood: Bool, now: ContinuousClock.Instant) {
        if members[client].isSettled(in: rooms) { numbers.live -= 1 }
        members[client].live = []
        members[client].expelled = []
        guard !forGood else { return }
        if let code { numbers.closes[code, default: 0] += 1 } else { numbers.closesWithoutCode += 1 }
        guard members[client].user != nil else { return }
        members[client].closedAt = members[client].closedAt ?? now
        healing.disturbed(at: now)
    }

    private mutating func caughtUp(_ client: Int, room: RoomName, now: ContinuousClock.Instant) {
        guard members[client].live.insert(room).inserted else { return }
        if members[client].expelled.remove(room) == nil { settled(client, now: now) }
    }

    private mutating func expelled(_ client: Int, room: RoomName, now: ContinuousClock.Instant) {
        guard members[client].expelled.insert(room).inserted else { return }
        // Others may talk there only.
        members[client].heardAt = nil
        if members[client].live.remove(room) == nil { settled(client, now: now) }
    }

    /// The client has joined another room, or was refused there.
    private mutating func settled(_ client: Int, now: ContinuousClock.Instant) {
        guard members[client].isSettled(in: rooms) else { return }
        numbers.live += 1
        if let closedAt = members[client].closedAt { numbers.reconnects.record(now - closedAt) }
        members[client].closedAt = nil
        if numbers.live == members.count { healing.allAreLive(waiting: waiting.count, at: now) }
    }

    private mutating func settle(_ key: String, now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        guard let sentAt = waiting.removeValue(forKey: key) else { return nil }
        healing.settled(sentAt: sentAt, at: now)
        return sentAt
    }

    private mutating func heard(_ client: Int, now: ContinuousClock.Instant) {
        guard sending, !members[client].deaf else { return }
        if let last = members[client].heardAt { numbers.longestSilence = max(numbers.longestSilence, now - last) }
        members[client].heardAt = now
    }
}

extension ErrorCode {
    /// Whether a well-behaved client may get this error: another client was faster, or the act was invalid on purpose.
    fileprivate var mayRefuseAct: Bool {
        switch self {
        case .notFound, .forbidden, .tooManyReactions: true
        default: false
        }
    }

    /// Whether a client that reads the history now and then may get this error.
    fileprivate var mayRefuseReading: Bool {
        switch self {
        case .rateLimited, .unavailable, .notJoined, .forbidden, .notFound: true
        default: false
        }
    }
}
