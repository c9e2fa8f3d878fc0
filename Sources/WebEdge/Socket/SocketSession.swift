import Actors
import ChatModel
import ChatProtocol
import NIOCore

/// The protocol on one socket: who the user is, which rooms they are in, and what each frame does (`docs/protocol.md`,
/// sections 2, 3 and 8).
///
/// Owned by its `SocketHandler`, confined to that channel's event loop, and called only by it.
final class SocketSession {
    private enum State {
        case awaitingHello
        /// The token of the hello is being checked; frames meanwhile wait.
        case awaitingVerdict([ByteBuffer])
        case open(User, Allowance)
        case ended
    }

    private unowned let socket: SocketHandler
    private let services: SocketServices
    private let mode: JoinRequest.Mode
    private let address: String
    /// Frames while a token is checked, no more bytes than one may have. More close the socket.
    private static let mostWaiting = 16
    /// After the end of a token, for clocks that differ and a renewal on its way.
    private static let tokenGrace = TimeAmount.seconds(30)

    private var state = State.awaitingHello
    /// `nil`: the user is a guest.
    private var holder: TokenHolder?
    private var isRenewing = false
    private var isOperator: Bool { holder?.isOperator ?? false }
    private var rooms: [RoomName: ConnectionRef] = [:]
    /// Rooms with messages from this read cycle.
    private var unsubmitted: [ConnectionRef] = []
    private var malformedInARow = 0
    private var devices: DeviceRequests?
    /// The allowances of the client's address; `nil`: no user is known, or the session has ended.
    private var share: AddressAllowance?

    init(socket: SocketHandler, mode: JoinRequest.Mode, address: String, user: TokenHolder?, services: SocketServices) {
        self.socket = socket
        self.mode = mode
        self.address = address
        self.holder = user
        self.services = services
    }

    /// Whether the user is not known yet.
    var awaitsHello: Bool {
        switch state {
        case .awaitingHello, .awaitingVerdict: true
        case .open, .ended: false
        }
    }

    // MARK: From the socket

    /// A plain client sends no hello: it joins its room at once.
    func startPlain(in room: RoomName, at now: NIODeadline) {
        let id = holder?.id ?? Guest.makeID()
        open(User(id: id, name: name(of: id, asked: nil)), at: now)
        connect(to: room, since: nil)
    }

    func receive(_ payload: ByteBuffer, at now: NIODeadline) {
        if case .awaitingVerdict(let waiting) = state {
            let bytes = waiting.reduce(payload.readableBytes) { $0 + $1.readableBytes }
            guard waiting.count < Self.mostWaiting, bytes <= services.configuration.frameBytes else {
                return socket.close(.flood)
            }
            state = .awaitingVerdict(waiting + [payload])
            return
        }
        do throws(FrameError) {
            switch mode {
            case .v1: try receiveV1(payload, at: now)
            case .plain: try receivePlain(payload, at: now)
            }
        } catch {
            services.metrics.failed(error.code == .badJSON ? .parseError : .invalidMessage)
            // Plain clients know only messages.
            if mode == .v1 { socket.write(.error(error)) }
        }
    }

    /// The read cycle has ended: submits its messages to the rooms, one hop each.
    func endOfRead() {
        guard !unsubmitted.isEmpty else { return }
        let refs = unsubmitted
        unsubmitted.removeAll(keepingCapacity: true)
        for ref in refs { ref.submit() }
    }

    func turnedAway(from room: RoomName) {
        rooms[room] = nil
        devices?.forget(room)
    }

    /// Another socket of the user renamed them: messages from here get the new name. Costs as much as a rename here, or
    /// one rename could be told in all rooms of hundreds of sockets. Without that allowance the rooms' lists keep the
    /// old name.
    func renamed(to name: String) {
        guard case .open(let user, let allowance) = state, user.name != name else { return }
        state = .open(User(id: user.id, name: name), allowance)
        let isTold = allowance.takeSpare(Double(rooms.count), at: .now())
        for ref in rooms.values { ref.sign(as: name, tellingRoom: isTold) }
    }

    /// Leaves every room. Messages received before are still submitted.
    func end(at now: NIODeadline) {
        endOfRead()
        for ref in rooms.values { ref.disconnect() }
        rooms = [:]
        if case .open(let user, _) = state {
            devices?.end()
            services.users.leave(user.id, by: socket.id, at: now)
            if share != nil { services.addresses.leave(address, at: now) }
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

    /// Frames before `hello` are not charged, so there every error counts.
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
        case .chat(let room, let text, let key, let re, let tickets):
            let ref = try ref(of: room, key: key)
            let files = try FileRequests(services: services).open(tickets, by: user.id, in: room, key: key)
            say(.chat(text: text, key: key, plain: nil, re: re, files: files), to: ref)
        case .upload(let upload):
            try FileRequests(services: services).check(upload)
            try ref(of: upload.room, key: upload.key).receive(.upload(upload))
        case .act(let act, let room, let text, let key):
            let ref = try ref(of: room, key: key)
            if case .delete = act { services.files?.sweepSoon(room) }
            let text = services.configuration.reservedNames.shown(text, for: act)
            say(.act(act, text: text, key: key, isOperator: isOperator), to: ref)
        case .typing(let room):
            try ref(of: room).receive(.typing)
        case .trace(let room, let id, let key):
            try ref(of: room, key: key).receive(.trace(id, key: key))
        case .history(let room, let part, let limit):
            try ref(of: room).receive(.history(part, limit: limit))
        case .search(let room, let search):
            try ref(of: room, key: search.key).receive(.search(search))
        case .join(let room, let since): try join(room, since: since)
        case .leave(let room): try leave(room)
        case .renew(let token): try renew(token)
        case .rename(let name):
            guard holder?.name == nil else { throw FrameError(.forbidden, "your name is that of your account") }
            let renamed = User(id: user.id, name: self.name(of: user.id, asked: name))
            state = .open(renamed, allowance)
            for ref in rooms.values { ref.receive(.rename(name: renamed.name)) }
            // Otherwise the rooms tell all members, this socket included.
            if rooms.isEmpty { socket.write(.renamed(user: renamed)) }
        case .ping(let at): socket.write(.pong(at: at))
        case .rooms(let request):
            try RoomRequests(socket: socket, services: services)
                .handle(request, by: user, in: rooms, counting: newRooms)
        case .devices(let request):
            devices = devices ?? DeviceRequests(of: user.id, isGuest: holder == nil, on: socket, services: services)
            try devices?.handle(request, as: user.name, in: rooms)
        }
    }

    private func hello(token: String?, name: String?, at now: NIODeadline) throws(FrameError) {
        guard awaitsHello else { throw FrameError(.badRequest, "hello may be sent only once") }
        if let holder { return welcome(User(id: holder.id, name: self.name(of: holder.id, asked: name)), at: now) }
        if let access = services.access {
            if let token, Access.isUserToken(token) { return check(token, name: name, by: access.tokens) }
            guard access.mode == .both else { return askToSignIn() }
        }
        guard let id = services.tokens.user(of: token) else {
            socket.close(.badToken)
            return
        }
        welcome(User(id: id, name: self.name(of: id, asked: name)), at: now)
    }

    /// An account's own name; otherwise the one asked for, which is marked if people would trust it.
    private func name(of id: UserID, asked: String?) -> String {
        if let name = holder?.name { return name }
        let marked = asked.map { services.configuration.reservedNames.shown($0) }
        return marked ?? (holder == nil ? Guest.name(of: id) : "user-\(id.description.suffix(4))")
    }

    private func welcome(_ user: User, at now: NIODeadline) {
        open(user, at: now)
        let configuration = services.configuration
        let limits = ServerFrame.Limits(
            textChars: MessageText.maximumLength, frameBytes: configuration.frameBytes, rooms: configuration.rooms,
            burst: configuration.messageBurst, perSecond: configuration.messageRate,
            dedupeSeconds: configuration.dedupeSeconds)
        socket.write(
            .welcome(
                .init(
                    user: user, token: holder == nil ? services.tokens.issue(to: user.id) : nil,
                    kind: holder.map { $0.isOperator ? .operator : .user } ?? .guest, expiresIn: holder?.expiresIn,
                    signIn: services.access?.signIn, push: services.push?.key, node: services.nodeName, limits: limits,
                    heartbeat: configuration.heartbeatSeconds,
                    files: services.files.map { .init(bytes: $0.maximumBytes) }, features: services.features)))
        if !services.isWritable() { socket.write(.status(writable: false)) }
    }

    // MARK: Users who have signed in

    private func check(_ token: String, name: String?, by tokens: (any UserTokens)?) {
        guard let tokens else { return askToSignIn() }
        state = .awaitingVerdict([])
        tokens.check(token, on: socket.eventLoop).assumeIsolated().whenComplete { [weak self] in
            self?.judged($0, name: name)
        }
    }

    private func judged(_ verdict: Result<TokenHolder, any Error>, name: String?) {
        guard case .awaitingVerdict(let waiting) = state else { return }
        switch verdict {
        case .failure(let error):
            state = .awaitingHello
            refuse(error)
        case .success(let holder):
            self.holder = holder
            let now = socket.eventLoop.now
            welcome(User(id: holder.id, name: self.name(of: holder.id, asked: name)), at: now)
            socket.signedIn(until: deadline(of: holder))
            for payload in waiting { receive(payload, at: now) }
            endOfRead()
        }
    }

    private func renew(_ token: String) throws(FrameError) {
        guard let holder, holder.expiresAt != nil, let tokens = services.access?.tokens else {
            throw FrameError(.badRequest, "only users who have signed in renew their token")
        }
        guard !isRenewing else { throw FrameError(.badRequest, "the last token is still being checked") }
        isRenewing = true
        tokens.check(token, on: socket.eventLoop).assumeIsolated().whenComplete { [weak self] in
            self?.renewed($0, for: holder.id)
        }
    }

    private func renewed(_ verdict: Result<TokenHolder, any Error>, for user: UserID) {
        isRenewing = false
        guard case .open = state else { return }
        switch verdict {
        case .success(let holder) where holder.id == user:
            self.holder = holder
            socket.signedIn(until: deadline(of: holder))
            socket.write(.renewed(expiresIn: holder.expiresIn ?? 0))
        case .success: socket.write(.error(FrameError(.unauthorized, "the token is another user's")))
        case .failure(TokenRefusal.unavailable):
            socket.write(.error(FrameError(.unavailable, "tokens cannot be checked now", retryAfterMs: 1_000)))
        case .failure: socket.write(.error(FrameError(.unauthorized, "the token is not accepted")))
        }
    }

    private func refuse(_ error: any Error) {
        if case TokenRefusal.unavailable = error { socket.close(.uncheckedToken) } else { askToSignIn() }
    }

    private func askToSignIn() {
        let place = services.access?.signIn.map { " at \($0)" } ?? ""
        socket.write(.error(FrameError(.unauthorized, "sign in\(place)", signIn: services.access?.signIn)))
        socket.close(.signIn)
    }

    private func deadline(of holder: TokenHolder) -> NIODeadline {
        holder.expiresIn.map { socket.eventLoop.now + .seconds(Int64($0)) + Self.tokenGrace } ?? .distantFuture
    }

    private func join(_ room: RoomName, since: ClientFrame.Since?) throws(FrameError) {
        guard rooms[room] == nil else {
            throw FrameError(.badRequest, "already in this room", room: room.description)
        }
        guard rooms.count < services.configuration.rooms else {
            throw FrameError(
                .tooManyRooms, "you can join up to \(services.configuration.rooms) rooms: leave one first",
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
        let hearer = UserSocket(id: socket.id, outlet: mode == .v1 ? socket : nil)
        state = .open(user, services.users.enter(user.id, by: hearer, at: now))
        // Users who have signed in are limited one by one.
        if holder == nil { share = services.addresses.enter(address, at: now) }
    }

    /// Users who have signed in make any number.
    private var newRooms: AddressRooms? {
        share.map { AddressRooms(allowance: $0.rooms, index: services.rooms.index, metrics: services.metrics) }
    }

    private func connect(to room: RoomName, since: ClientFrame.Since?) {
        guard case .open(let user, _) = state else { return }
        let request = JoinRequest(
            room: room, socket: socket.id, user: user, isOperator: isOperator, mode: mode,
            since: since, address: address,
            addressDigest: services.tokens.digest(of: socket.client, for: user.id, in: room), newRooms: newRooms)
        rooms[room] = services.rooms.connect(request, outlet: socket)
    }

    private func say(_ command: RoomCommand, to ref: ConnectionRef) {
        ref.receive(command)
        if !unsubmitted.contains(where: { $0 === ref }) { unsubmitted.append(ref) }
    }

    private func ref(of room: RoomName, key: String? = nil) throws(FrameError) -> ConnectionRef {
        guard let ref = rooms[room] else {
            throw FrameError.notJoined(room, key: key)
        }
        return ref
    }

    /// Charges a frame to the user's and the address's allowance. Frames before `hello` are free: they are hello, or
    /// end the socket.
    /// - Parameter bytes: to be written to the log; `nil`: none.
    /// - Returns: whether to continue; if not, the socket is closing.
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
        case .refused(let wait): throw refuse(.user, "rate limit exceeded, try again later", wait)
        }
        guard let share else { return true }
        if case .refused(let wait) = share.frames.take(cost, at: now) {
            throw refuse(.address, "rate limit of your address exceeded, try again later", wait)
        }
        if let bytes, case .refused(let wait) = share.bytes.take(Double(bytes + Self.keptBesideText), at: now) {
            throw refuse(.bytes, "write limit of your address exceeded, try again later", wait)
        }
        return true
    }

    /// What a message costs in the log besides its frame, including a new room it may open.
    private static let keptBesideText = 1_024
}
