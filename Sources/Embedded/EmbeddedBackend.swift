package import ChatModel
package import NIOCore
import Synchronization

/// What a standalone node has instead of Redis: the rooms' logs, their subscribers and members, kept in this process.
/// Everything is done when a call returns.
///
/// Called from every event loop: one lock around short steps, never held while other code runs. Messages of a room stay
/// in order because a room publishes from one loop only.
package final class EmbeddedBackend: Sendable {
    /// No other server's log can fork from this one.
    private static let tag: UInt32 = 0

    /// Milliseconds in which tickets for files end.
    private static let burial: Int64 = 2 * 86_400_000

    private struct State {
        var rooms: [RoomName: RoomHistory] = [:]
        var privateCount = 0
        /// Bytes that the rooms use.
        var memory = 0
        var prunedAt: Int64 = 0
        var dedupe: DedupeMemory
        var subscribed: Set<RoomName> = []
        var members: [RoomName: [UserID: NodeMember]] = [:]
        /// The private rooms of each user, newest last. Those that are gone are left out when they are listed.
        var privateRooms: [UserID: [RoomName]] = [:]
        /// The files of rooms that an operator has deleted, and when: no message can have them any more.
        var buriedFiles: [FileID: Int64] = [:]
        var generator: any RandomNumberGenerator & Sendable
        weak var receiver: (any RelayReceiver)?

        mutating func list(_ room: RoomName, for user: UserID, has role: RoomRole) {
            var list = privateRooms[user, default: []].filter { $0 != room && rooms[$0] != nil }
            // The oldest stay: nobody can push a user's rooms off the list with new ones.
            if role.isMember { list.append(room) }
            privateRooms[user] = list.isEmpty ? nil : Array(list.prefix(UserRoomList.most))
        }
    }

    enum Outcome {
        case appended(ChatMessage, PublishReceipt)
        case duplicate(PublishReceipt)
        case refused(RelayError)
    }

    private let node: NodeIncarnation
    private let limits: RoomLimits
    private let maximumMemory: Int
    private let now: @Sendable () -> Int64
    private let uptime: @Sendable () -> Int64
    package let devices: EmbeddedDevices
    package let pushes: EmbeddedPushes
    private let state: Mutex<State>

    /// - Parameters:
    ///   - node: this node; the origin of all messages.
    ///   - maximumMemory: in bytes, over all rooms; 256 MiB if not given.
    ///   - maximumKeys: message keys remembered, over all rooms.
    ///   - generator: draws the epochs.
    ///   - now: the wall clock, in milliseconds since 1970.
    ///   - uptime: milliseconds, unaffected by steps of the wall clock: a key must not be forgotten early.
    package init(
        node: NodeIncarnation, limits: RoomLimits = RoomLimits(), maximumMemory: Int? = nil,
        maximumKeys: Int = 200_000,
        generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(),
        now: @escaping @Sendable () -> Int64 = WallClock.milliseconds,
        uptime: @escaping @Sendable () -> Int64 = { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) }
    ) {
        self.node = node
        self.limits = limits
        self.maximumMemory = maximumMemory ?? 256 * 1024 * 1024
        self.now = now
        self.uptime = uptime
        devices = EmbeddedDevices(uptime: uptime)
        pushes = EmbeddedPushes(now: now)
        state = Mutex(
            State(
                dedupe: DedupeMemory(seconds: limits.dedupeSeconds, capacity: maximumKeys),
                generator: generator))
        pushes.attach { [weak self] in self?.activeRooms(since: $0) ?? [] }
    }

    private func activeRooms(since: Int64) -> [RoomName] {
        state.withLock { $0.rooms.filter { $0.value.lastActivity >= since }.map(\.key) }
    }

    /// The seams of this backend.
    package func rooms(in membership: any MembershipView) -> RoomBackend {
        RoomBackend(
            relay: self, log: self, presence: self, index: self, userRooms: self, devices: devices,
            pushes: pushes, administration: self, addressBans: self, files: self, journeys: self,
            membership: membership,
            status: { RelayStatus(kind: .memory, connected: true) })
    }

    /// For tests. Forgets every log and every key, as FLUSHALL does in Redis: each room begins a new epoch. Subscriptions and
    /// members stay.
    package func removeAll() {
        state.withLock { state in
            state.rooms = [:]
            state.privateCount = 0
            state.memory = 0
            state.dedupe.removeAll()
        }
    }

    // MARK: Log

    func append(_ draft: MessageDraft, to room: RoomName) -> Outcome {
        let (now, uptime) = (now(), uptime())
        return state.withLock { state in
            let key = draft.key.isEmpty ? nil : DedupeMemory.Key(room: room, user: draft.user, key: draft.key)
            if let key, let position = state.dedupe.position(of: key, now: uptime),
                let head = state.rooms[room]?.position, position.epoch == head.epoch
            {
                state.dedupe.remember(key, at: position, now: uptime)
                return .duplicate(PublishReceipt(position: position, duplicate: true))
            }
            if draft.files.contains(where: { state.buriedFiles[$0.id] != nil }) { return .refused(.fileTaken) }
            if let history = state.rooms[room] {
                if let refusal = history.refusal(of: draft, in: room, at: now) { return .refused(refusal) }
            } else if draft.isRoomChange || room.isPrivate && draft.authority != .operator {
                let refusal = RoomRules().refusal(of: draft, in: room, isNew: true, spoke: nil, at: now)
                if let refusal { return .refused(refusal) }
            } else if draft.act != nil {
                return .refused(.notFound)
            }
            guard makePlace(for: draft, in: room, now: now, &state) else {
                return .refused(.logFull)
            }
            let before = state.rooms[room]?.memory ?? 0
            if state.rooms[room] == nil {
                let random = state.generator.next(upperBound: UInt64.max) + 1
                state.rooms[room] = RoomHistory(epoch: Epoch(random: random, tag: Self.tag))
                if room.isPrivate { state.privateCount += 1 }
            }
            state.memory -= before
            let message = state.rooms[room]?.append(
                draft, now: now, keeping: limits.messages, maximumBytes: limits.bytes)
            guard let message, let history = state.rooms[room] else {
                preconditionFailure("room \(room) is missing right after its creation")
            }
            state.memory += history.memory
            let position = history.position
            if let key { state.dedupe.remember(key, at: position, now: uptime) }
            if room.isPrivate, case .room(.role(let role, let user, _)) = draft.act {
                state.list(room, for: user, has: role)
                if !role.isMember { devices.forget(room, for: user) }
            }
            return .appended(message, PublishReceipt(position: position, duplicate: false))
        }
    }

    func page(_ range: LogRange, of room: RoomName, for reader: LogReader = .room) -> Result<LogPage, RelayError> {
        let now = now()
        return state.withLock { state in
            let history = state.rooms[room]
            switch reader {
            case .room: break
            case .member(let user as UserID?, let address), .history(_, let user, let address),
                .recent(_, let user, let address):
                let refusal =
                    history.map { $0.refusal(of: user, from: address, in: room.kind, at: now) }
                    ?? RoomRules().refusal(of: user, in: room.kind, at: now)
                if let refusal { return .failure(refusal) }
            }
            return .success(
                history?.page(range) ?? LogPage(head: .empty, messages: [], more: false, reached: nil))
        }
    }

    /// Near the limit a room frees its own oldest messages, never another room's. Expired rooms are dropped first.
    private func makePlace(for draft: MessageDraft, in room: RoomName, now: Int64, _ state: inout State) -> Bool {
        let cost = ChatMessage(draft, id: .zero, ts: 0).logBytes + RoomHistory.memoryPerMessage
        func missing() -> Int {
            let ofRoom = state.rooms[room] == nil ? 1_024 : 0
            return state.memory + cost + ofRoom - maximumMemory
        }
        guard missing() > 0 else { return true }
        dropExpired(now: now, &state)
        let lacking = missing()
        guard lacking > 0 else { return true }
        guard var history = state.rooms.removeValue(forKey: room) else { return false }
        let before = history.memory
        let isFree = history.free(lacking)
        state.memory += history.memory - before
        state.rooms[room] = history
        return isFree
    }

    /// At most once a second: at the limit, every message calls this.
    private func dropExpired(now: Int64, _ state: inout State) {
        guard now < state.prunedAt || now - state.prunedAt >= 1_000 else { return }
        state.prunedAt = now
        for (name, history) in state.rooms where !state.subscribed.contains(name) {
            let days = limits.idleDays(of: name, isOwned: history.rules.version > 0)
            guard history.lastActivity + Int64(days) * 24 * 3_600 * 1_000 < now else { continue }
            state.memory -= history.memory
            state.rooms[name] = nil
            if name.isPrivate { state.privateCount -= 1 }
        }
    }

    private func listener(of room: RoomName) -> (any RelayReceiver)? {
        state.withLock { $0.subscribed.contains(room) ? $0.receiver : nil }
    }
}

extension EmbeddedBackend: Relay {
    /// Sets the receiver of the subscribed rooms; once, before the first subscription. Not retained.
    package func attach(_ receiver: any RelayReceiver) {
        state.withLock { $0.receiver = receiver }
        devices.attach(receiver)
    }

    package func publish(
        _ drafts: [MessageDraft], to room: RoomName, on eventLoop: any EventLoop,
        completion: @escaping @Sendable ([Result<PublishReceipt, RelayError>]) -> Void
    ) {
        eventLoop.assertInEventLoop()
        var events: [LiveEvent] = []
        let results = drafts.map { draft -> Result<PublishReceipt, RelayError> in
            switch append(draft, to: room) {
            case .appended(let message, let receipt):
                if let user = message.addition(to: room) {
                    state.withLock { $0.receiver }?.tell(user, .added(room: room, by: message.from))
                }
                events.append(.message(message, epoch: receipt.position.epoch, origin: node.name))
                return .success(receipt)
            case .duplicate(let receipt): return .success(receipt)
            case .refused(let error): return .failure(error)
            }
        }
        if !events.isEmpty { listener(of: room)?.deliver(events, to: room) }
        completion(results)
    }

    package func signal(_ signal: RoomSignal, to room: RoomName, on eventLoop: any EventLoop) {
        eventLoop.assertInEventLoop()
        listener(of: room)?.deliver([.signal(signal)], to: room)
    }

    package func subscribe(to room: RoomName, on eventLoop: any EventLoop, completion: @escaping @Sendable () -> Void) {
        eventLoop.assertInEventLoop()
        state.withLock { _ = $0.subscribed.insert(room) }
        completion()
    }

    package func unsubscribe(from room: RoomName, on eventLoop: any EventLoop) {
        eventLoop.assertInEventLoop()
        state.withLock { _ = $0.subscribed.remove(room) }
    }
}

extension EmbeddedBackend: JourneyRelay {
    package func ask(
        _ question: JourneyQuestion, in room: RoomName, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<Int, RelayError>) -> Void
    ) {
        eventLoop.assertInEventLoop()
        let listener = listener(of: room)
        listener?.deliver([.signal(.asked(question))], to: room)
        completion(.success(listener == nil ? 0 : 1))
    }

    package func answer(_ answer: JourneyAnswer, to node: String, on eventLoop: any EventLoop) {
        signal(.answered(answer), to: answer.room, on: eventLoop)
    }

    /// There is no other node to compare times with.
    package func logTime(of room: RoomName) -> LogTime? { nil }
}

extension EmbeddedBackend: RoomLog {
    package func read(
        _ range: LogRange, of room: RoomName, for reader: LogReader, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<LogPage, RelayError>) -> Void
    ) {
        eventLoop.assertInEventLoop()
        completion(page(range, of: room, for: reader))
    }
}

extension EmbeddedBackend: RoomIndex {
    package func recentRooms(limit: Int) -> [RoomActivity] {
        rooms(isPrivate: false, limit: limit)
    }

    package func isFull(for room: RoomName, on eventLoop: any EventLoop) -> Bool {
        guard let most = limits.mostRooms else { return false }
        let now = now()
        return state.withLock { state in
            func isFull() -> Bool {
                (room.isPrivate ? state.privateCount : state.rooms.count - state.privateCount) >= most
            }
            if isFull() { dropExpired(now: now, &state) }
            return isFull()
        }
    }
}

extension EmbeddedBackend: RoomAdministration {
    package func rooms(isPrivate: Bool, limit: Int) -> [RoomActivity] {
        let rooms = state.withLock { state in
            state.rooms.filter { $0.key.isPrivate == isPrivate }
                .map { RoomActivity(room: $0.key, lastActivity: $0.value.lastActivity) }
        }
        return Array(rooms.sorted { $0.lastActivity > $1.lastActivity }.prefix(max(0, limit)))
    }

    package func rules(of room: RoomName) -> RoomRules? { state.withLock { $0.rooms[room]?.rules } }

    package func delete(_ room: RoomName) -> Bool {
        let now = now()
        let wasThere = state.withLock { state in
            guard let history = state.rooms.removeValue(forKey: room) else { return false }
            state.memory -= history.memory
            if room.isPrivate { state.privateCount -= 1 }
            for user in history.rules.grants.keys {
                state.list(room, for: user, has: .none)
                devices.forget(room, for: user)
            }
            state.buriedFiles = state.buriedFiles.filter { now - $1 < Self.burial }
            for file in history.fileIDs { state.buriedFiles[file] = now }
            return true
        }
        if wasThere { listener(of: room)?.deliver([.signal(.deleted)], to: room) }
        return wasThere
    }
}

extension EmbeddedBackend: AddressBans {
    package func ban(
        _ address: AddressDigest, becauseOf guest: UserID, in room: RoomName, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<Bool, RelayError>) -> Void
    ) {
        eventLoop.assertInEventLoop()
        let now = now()
        let isBanned = state.withLock { state in
            let before = state.rooms[room]?.memory ?? 0
            let isBanned = state.rooms[room]?.ban(address, becauseOf: guest, at: now) ?? false
            state.memory += (state.rooms[room]?.memory ?? 0) - before
            return isBanned
        }
        completion(.success(isBanned))
    }
}

extension EmbeddedBackend: FileIndex {
    /// The same after each start, though the log is empty then: so the files of messages that are gone are swept, and
    /// those of a chat with Redis, which was started without it by mistake, are not: these have an id.
    package func log() -> FileLog { FileLog(id: "memory", isNew: true) }

    package func standings(of files: [FileID], in room: RoomName) -> [FileStanding] {
        state.withLock { state in
            files.map { file in
                state.buriedFiles[file] == nil ? state.rooms[room]?.standing(of: file) ?? .unknown : .deleted
            }
        }
    }
}

extension EmbeddedBackend: UserRooms {
    package func rooms(
        of user: UserID, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<[RoomName], RelayError>) -> Void
    ) {
        eventLoop.assertInEventLoop()
        let rooms = state.withLock { state in
            (state.privateRooms[user] ?? []).filter { state.rooms[$0] != nil }
        }
        completion(.success(rooms.reversed()))
    }
}

extension EmbeddedBackend: PresenceStore {
    /// There are no other nodes to notify.
    package func update(
        _ changes: [UserID: NodeMember?], in room: RoomName, announcing: RoomSignal?, on eventLoop: any EventLoop
    ) {
        eventLoop.assertInEventLoop()
        state.withLock { state in
            for (user, member) in changes { state.members[room, default: [:]][user] = member }
            if state.members[room]?.isEmpty == true { state.members[room] = nil }
        }
    }

    package func read(
        _ room: RoomName, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<[NodeIncarnation: [User]], RelayError>) -> Void
    ) {
        eventLoop.assertInEventLoop()
        let members = state.withLock { $0.members[room] ?? [:] }
        completion(.success(members.isEmpty ? [:] : [node: members.map { User(id: $0.key, name: $0.value.name) }]))
    }
}
