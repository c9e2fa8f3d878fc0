import Actors
import ChatModel
import ChatProtocol
import NIOCore

/// The conversation on one socket: who the user is, which rooms they are in, and what each frame means
/// (`docs/protocol.md`, sections 2, 3 and 8).
///
/// Owned by its `SocketHandler`, confined to that channel's event loop, and entered by it only.
final class SocketSession {
    private enum State {
        case awaitingHello
        case open(User, Allowance)
        case ended
    }

    private unowned let socket: SocketHandler
    private let services: SocketServices
    private let mode: JoinRequest.Mode
    /// The client's.
    private let address: String
    private var state = State.awaitingHello
    private var rooms: [RoomName: ConnectionRef] = [:]
    /// Rooms to which something was said in this read cycle.
    private var unsubmitted: [ConnectionRef] = []
    private var malformedInARow = 0
    /// What the client's address may still do; `nil`: nobody is known yet, or not any more.
    private var share: AddressAllowance?

    init(socket: SocketHandler, mode: JoinRequest.Mode, address: String, services: SocketServices) {
        self.socket = socket
        self.mode = mode
        self.address = address
        self.services = services
    }

    var awaitsHello: Bool {
        if case .awaitingHello = state { true } else { false }
    }

    // MARK: From the socket

    /// A plain client says no hello: it is in its room at once.
    func startPlain(in room: RoomName, at now: NIODeadline) {
        let user = Guest.makeID()
        open(User(id: user, name: Guest.name(of: user)), at: now)
        connect(to: room, since: nil)
    }

    func receive(_ payload: ByteBuffer, at now: NIODeadline) {
        do throws(FrameError) {
            switch mode {
            case .v1: try receiveV1(payload, at: now)
            case .plain: try receivePlain(payload, at: now)
            }
        } catch {
            services.metrics.failed(error.code == .badJSON ? .parseError : .invalidMessage)
            // A plain client knows message frames only.
            if mode == .v1 { socket.write(.error(error)) }
        }
    }

    /// The read cycle has ended: what was said goes to the rooms, in one hop each.
    func endOfRead() {
        guard !unsubmitted.isEmpty else { return }
        let refs = unsubmitted
        unsubmitted.removeAll(keepingCapacity: true)
        for ref in refs { ref.submit() }
    }

    func turnedAway(from room: RoomName) { rooms[room] = nil }

    /// Another socket of the user has asked for it: what is said here from now on is signed like what is said there. It costs
    /// what it would cost here, or one rename could be told in all rooms of hundreds of sockets; without that much left, the
    /// rooms' lists keep the old name.
    func renamed(to name: String) {
        guard case .open(let user, let allowance) = state, user.name != name else { return }
        state = .open(User(id: user.id, name: name), allowance)
        let isTold = allowance.takeSpare(Double(rooms.count), at: .now())
        for ref in rooms.values { ref.sign(as: name, tellingRoom: isTold) }
    }

    /// Leaves every room. What was received before is still said.
    func end(at now: NIODeadline) {
        endOfRead()
        for ref in rooms.values { ref.disconnect() }
        rooms = [:]
        if case .open(let user, _) = state {
            services.users.leave(user.id, at: now)
            services.addresses.leave(address, at: now)
            share = nil
        }
        state = .ended
    }

    // MARK: Plain

    private func receivePlain(_ payload: ByteBuffer, at now: NIODeadline) throws(FrameError) {
        let frame = Result { () throws(FrameError) in try PlainFrame(parsing: payload) }
        guard try charge(1, keeping: payload.readableBytes, room: nil, key: nil, at: now) else { return }
        let message = try frame.get()
        for ref in rooms.values {
            say(.chat(text: message.text, key: "", plain: message.form), to: ref)
        }
    }

    // MARK: Version 1

    private func receiveV1(_ payload: ByteBuffer, at now: NIODeadline) throws(FrameError) {
        let frame: ClientFrame
        do throws(FrameError) {
            frame = try ClientFrame(parsing: payload)
        } catch {
            guard try charge(1, room: error.room, key: error.key, at: now) else { return }
            try malformed(error)
        }
        malformedInARow = 0
        let kept = frame.isKept ? payload.readableBytes : nil
        let isPaid = try charge(
            frame.cost(in: rooms.count), keeping: kept, room: frame.room?.description, key: frame.key, at: now)
        guard isPaid else { return }
        try handle(frame, at: now)
    }

    /// Before `hello` nothing is charged, so there every error counts.
    private func malformed(_ error: FrameError) throws(FrameError) -> Never {
        malformedInARow = error.code == .badJSON || awaitsHello ? malformedInARow + 1 : 0
        if malformedInARow >= services.configuration.malformedFrames { socket.close(.malformedThrice) }
        throw error
    }

    private func handle(_ frame: ClientFrame, at now: NIODeadline) throws(FrameError) {
        if case .hello(let token, let name) = frame { return try hello(token: token, name: name, at: now) }
        guard case .open(let user, let allowance) = state else {
            socket.close(.noHello)
            return
        }
        switch frame {
        case .hello: preconditionFailure("hello is handled above")
        case .chat(let room, let text, let key):
            say(.chat(text: text, key: key, plain: nil), to: try ref(of: room, key: key))
        case .act(let act, let room, let text, let key):
            say(.act(act, text: text, key: key), to: try ref(of: room, key: key))
        case .typing(let room):
            try ref(of: room).receive(.typing)
        case .trace(let room, let id, let key):
            try ref(of: room, key: key).receive(.trace(id, key: key))
        case .history(let room, let part, let limit):
            try ref(of: room).receive(.history(part, limit: limit))
        case .search(let room, let search):
            try ref(of: room, key: search.key).receive(.search(search))
        case .join(let room, let since):
            try join(room, since: since)
        case .leave(let room):
            try leave(room)
        case .rename(let name):
            let renamed = User(id: user.id, name: name)
            state = .open(renamed, allowance)
            for ref in rooms.values { ref.receive(.rename(name: name)) }
            // Otherwise the rooms tell everybody, this socket included.
            if rooms.isEmpty { socket.write(.renamed(user: renamed)) }
        case .ping(let at):
            socket.write(.pong(at: at))
        }
    }

    private func hello(token: String?, name: String?, at now: NIODeadline) throws(FrameError) {
        guard awaitsHello else { throw FrameError(.badRequest, "hello may be said once") }
        guard let id = user(of: token) else {
            socket.close(.badToken)
            return
        }
        let user = User(id: id, name: name ?? Guest.name(of: id))
        open(user, at: now)
        let configuration = services.configuration
        let limits = ServerFrame.Limits(
            textChars: MessageText.maximumLength, frameBytes: configuration.frameBytes, rooms: configuration.rooms,
            burst: configuration.messageBurst, perSecond: configuration.messageRate,
            dedupeSeconds: configuration.dedupeSeconds)
        socket.write(
            .welcome(
                .init(
                    user: user, token: services.tokens.issue(to: id), node: services.nodeName, limits: limits,
                    heartbeat: Int(configuration.heartbeatInterval.nanoseconds / 1_000_000_000))))
        if !services.isWritable() { socket.write(.status(writable: false)) }
    }

    private func user(of token: String?) -> UserID? {
        guard let token else { return Guest.makeID() }
        return services.tokens.open(token) ?? (services.tokens.replacesUnknown ? Guest.makeID() : nil)
    }

    private func join(_ room: RoomName, since: ClientFrame.Since?) throws(FrameError) {
        guard rooms[room] == nil else {
            throw FrameError(.badRequest, "this socket is in the room already", room: room.description)
        }
        guard rooms.count < services.configuration.rooms else {
            throw FrameError(
                .tooManyRooms, "leave a room first: a socket may be in \(services.configuration.rooms)",
                room: room.description)
        }
        connect(to: room, since: since)
    }

    private func leave(_ room: RoomName) throws(FrameError) {
        let ref = try ref(of: room)
        endOfRead()
        rooms[room] = nil
        ref.disconnect()
        socket.write(.left(room: room, reason: "asked"))
    }

    // MARK: Both

    private func open(_ user: User, at now: NIODeadline) {
        state = .open(user, services.users.enter(user.id, at: now))
        share = services.addresses.enter(address, at: now)
    }

    private func connect(to room: RoomName, since: ClientFrame.Since?) {
        guard case .open(let user, _) = state else { return }
        let request = JoinRequest(
            room: room, socket: socket.id, user: user, mode: mode, since: since, address: address)
        rooms[room] = services.rooms.connect(request, outlet: socket)
    }

    private func say(_ command: RoomCommand, to ref: ConnectionRef) {
        ref.receive(command)
        if !unsubmitted.contains(where: { $0 === ref }) { unsubmitted.append(ref) }
    }

    private func ref(of room: RoomName, key: String? = nil) throws(FrameError) -> ConnectionRef {
        guard let ref = rooms[room] else {
            throw FrameError(.notJoined, "join the room first", room: room.description, key: key)
        }
        return ref
    }

    /// Takes a frame's cost from the user's allowance and its address'. What comes before `hello` is free: it is hello, or
    /// the end.
    /// - Parameter bytes: of what the log is to keep; `nil`: nothing.
    /// - Returns: whether to go on; if not, the socket is being closed.
    private func charge(
        _ cost: Double, keeping bytes: Int? = nil, room: String?, key: String?, at now: NIODeadline
    ) throws(FrameError) -> Bool {
        guard case .open(_, let allowance) = state else { return awaitsHello }
        func refuse(_ limit: EdgeMetrics.RateLimited, _ message: String, _ retryAfterMs: Int) -> FrameError {
            services.metrics.limited(by: limit)
            return FrameError(.rateLimited, message, room: room, key: key, retryAfterMs: retryAfterMs)
        }
        switch allowance.take(cost, at: now) {
        case .taken: break
        case .flood:
            socket.close(.flood)
            return false
        case .refused(let wait): throw refuse(.user, "too fast, send it again later", wait)
        }
        guard let share else { return true }
        if case .refused(let wait) = share.frames.take(cost, at: now) {
            throw refuse(.address, "too much comes from your address, send it again later", wait)
        }
        if let bytes, case .refused(let wait) = share.bytes.take(Double(bytes + Self.keptBesideText), at: now) {
            throw refuse(.bytes, "your address has written too much in a short time, send it again later", wait)
        }
        return true
    }

    /// What a message costs in the log beside its frame; and a room of its own, in which it may be the first.
    private static let keptBesideText = 1_024
}

extension ClientFrame {
    /// In messages. What reads the log or speaks to a room costs as much as a message; a search reads five pages;
    /// a journey is asked of every node of the room, and each answers; a new name is told in every room.
    fileprivate func cost(in rooms: Int) -> Double {
        switch self {
        case .chat, .act, .join, .history, .hello: 1
        case .rename: Double(max(1, rooms))
        case .search: 5
        case .trace: 2
        case .leave, .typing, .ping: 0.25
        }
    }

    /// Whether it becomes an entry of a log.
    fileprivate var isKept: Bool {
        switch self {
        case .chat, .act: true
        default: false
        }
    }

    fileprivate var room: RoomName? {
        switch self {
        case .join(let room, _), .leave(let room), .chat(let room, _, _), .act(_, let room, _, _), .typing(let room),
            .history(let room, _, _), .search(let room, _), .trace(let room, _, _):
            room
        case .hello, .rename, .ping: nil
        }
    }

    fileprivate var key: String? {
        switch self {
        case .chat(_, _, let key), .act(_, _, _, let key), .trace(_, _, let key): key
        case .search(_, let search): search.key
        default: nil
        }
    }
}
