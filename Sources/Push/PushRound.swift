import ChatModel
import NIOCore
import Synchronization

/// What the node knows whose turn it is: who wants to be told of which rooms, how far each was looked at, and what waits.
///
/// Owned by a run of the `PushService`, and used by its task only.
final class PushRound {
    /// The list of active rooms may be behind, by 10 s and the time of a command; clocks of the list are the log's.
    private static let lateness: Int64 = 15_000
    /// For how long after its last message it is known how far a room was looked at: more than twice `lateness`.
    private static let cursorLifetime: Int64 = 60_000
    private static let pagesAtOnce = 5
    /// All subscribers are read again, for rooms that they have entered elsewhere: in milliseconds.
    private static let refresh: Int64 = 600_000

    private struct Wish {
        let mention: Mention
        let level: PushDevice.Level
    }

    private struct Cursor {
        var id: MessageID
        var usedAt: Int64
    }

    var schedule = PushSchedule()
    private let backend: RoomBackend
    private let pace: PushPace
    private let eventLoop: any EventLoop
    private let metrics: PushMetrics
    private var subscribers: [UserID: PushSubscriber] = [:]
    private var roomsOf: [UserID: Set<RoomName>] = [:]
    private var wishes: [RoomName: [UserID: Wish]] = [:]
    private var cursors: [RoomName: Cursor] = [:]
    /// Rooms with more messages than were read at once, or whose log did not answer.
    private var behind: Set<RoomName> = []
    /// Users whose devices have changed.
    private var unloaded: Set<UserID> = []
    private var refreshedAt: Int64?
    private var turn: PushTurn?
    /// The log's clock when the last pass ended.
    private var lastPass: Int64?

    init(backend: RoomBackend, pace: PushPace, on eventLoop: any EventLoop, metrics: PushMetrics) {
        self.backend = backend
        self.pace = pace
        self.eventLoop = eventLoop
        self.metrics = metrics
    }

    var subscriberCount: Int { subscribers.count }

    /// Up to when everything was looked at; `nil`: nothing yet.
    private(set) var looked: Int64?

    /// For the next turn; 0: all users.
    var changesSince: Int64 {
        guard let refreshedAt, let lastPass, lastPass - refreshedAt < Self.refresh else { return 0 }
        return lastPass - Self.lateness
    }

    /// The log's clock, at the beginning of the turn.
    var now: Int64 { turn?.now ?? 0 }

    func begin(_ turn: PushTurn) {
        if changesSince == 0 { refreshedAt = turn.now }
        self.turn = turn
    }

    /// Looks at what is new in the rooms of subscribers.
    /// - Parameters:
    ///   - added: users with a new role in a private room.
    ///   - end: what is not done until then waits for the next pass, so that the node keeps its turn.
    func read(added: Set<UserID>, until end: ContinuousClock.Instant) async throws(RelayError) {
        guard let turn else { return }
        unloaded.formUnion(turn.changed)
        unloaded.formUnion(added.filter { subscribers[$0] != nil })
        lastPass = turn.now
        while let user = unloaded.first {
            guard .now < end else { return }
            try await reload(user)
            unloaded.remove(user)
        }
        // No message of before is looked at again, and none is left out.
        let since = min(looked ?? turn.seen, turn.seen) - Self.lateness
        var failure: RelayError?
        let active = try await backend.pushes.activeRooms(since: since)
        for room in Set(active).union(behind) where wishes[room] != nil {
            guard .now < end else {
                behind.insert(room)
                continue
            }
            // One server of a Redis Cluster may be away.
            do throws(RelayError) {
                try await look(at: room, from: turn.seen, now: turn.now)
            } catch {
                failure = error
            }
        }
        cursors = cursors.filter { turn.now - $0.value.usedAt < Self.cursorLifetime }
        // Otherwise the next node would leave out what is left.
        if behind.isEmpty { looked = turn.now - Self.lateness }
        if let failure { throw failure }
    }

    // MARK: Subscribers

    private func reload(_ user: UserID) async throws(RelayError) {
        for room in roomsOf.removeValue(forKey: user) ?? [] {
            wishes[room]?[user] = nil
            if wishes[room]?.isEmpty == true {
                wishes[room] = nil
                behind.remove(room)
            }
        }
        subscribers[user] = nil
        guard let subscriber = try await backend.pushes.subscriber(user) else { return }
        subscribers[user] = subscriber
        let own = try await wait { [backend] in backend.userRooms.rooms(of: user, on: $0, completion: $1) }
        let rooms = Set(own).union(subscriber.devices.flatMap(\.levels.keys))
        let mention = Mention(subscriber.name)
        for room in rooms {
            let levels = subscriber.devices.map { $0.level(in: room) }
            guard let level = [PushDevice.Level.all, .mentions].first(where: levels.contains) else { continue }
            wishes[room, default: [:]][user] = Wish(mention: mention, level: level)
            roomsOf[user, default: []].insert(room)
        }
    }

    func remove(_ device: PushDevice, of user: UserID) async {
        try? await wait { [backend] in
            backend.pushes.remove(endpoint: device.endpoint, of: user, on: $0, completion: $1)
        }
    }

    // MARK: Messages

    private func look(at room: RoomName, from seen: Int64, now: Int64) async throws(RelayError) {
        var cursor = cursors[room]?.id ?? MessageID(ms: UInt64(max(0, seen)), seq: 0)
        behind.insert(room)
        var found: [(ChatMessage, UserID, isAddressed: Bool)] = []
        for _ in 0..<Self.pagesAtOnce {
            let page = try await page(.forward(after: cursor, through: nil, limit: LogPage.maximumMessages), of: room)
            for message in page.messages where message.isShown {
                for (user, isAddressed) in try await those(who: message, in: room) {
                    found.append((message, user, isAddressed))
                }
            }
            cursor = page.reached ?? cursor
            if !page.more {
                behind.remove(room)
                break
            }
        }
        cursors[room] = Cursor(id: cursor, usedAt: now)
        guard !found.isEmpty else { return }
        let present = try await usersPresent(in: room)
        for (message, user, isAddressed) in found {
            let isKept = schedule.add(
                message.id, isAddressed: isAddressed, to: user, in: room, at: now,
                wait: present.contains(user) ? pace.readingTime : 0)
            if !isKept { metrics.count(.dropped) }
        }
    }

    /// Whom to tell of a message, and whether it mentions or answers them.
    private func those(who message: ChatMessage, in room: RoomName) async throws(RelayError) -> [(UserID, Bool)] {
        guard let wishes = wishes[room] else { return [] }
        var answered: UserID?
        if let re = message.re, let before = re.predecessor {
            answered = try await page(.forward(after: before, through: re, limit: 1), of: room).messages.first?.user
        }
        let mayMention = message.text.utf8.contains(UInt8(ascii: "@"))
        return wishes.compactMap { user, wish in
            guard user != message.user else { return nil }
            let isAddressed = user == answered || mayMention && wish.mention.isIn(message.text)
            return isAddressed || wish.level == .all ? (user, isAddressed) : nil
        }
    }

    private func usersPresent(in room: RoomName) async throws(RelayError) -> Set<UserID> {
        let members = try await wait { [backend] in backend.presence.read(room, on: $0, completion: $1) }
        let nodes = members.filter { backend.membership.isPresent($0.key) }
        return Set(nodes.values.flatMap { $0.map(\.id) })
    }

    // MARK: What is due

    func devices(for job: PushSchedule.Job) -> [PushDevice] {
        let devices = subscribers[job.key.user]?.devices ?? []
        return devices.filter { device in
            let level = device.level(in: job.key.room)
            let isWanted = level == .all || level == .mentions && job.isAddressed
            return isWanted && (job.key.endpoint.map { $0 == device.endpoint } ?? true)
        }
    }

    /// `nil`: the user has read the message, may not read it, or it is not there any more.
    func payload(
        for job: PushSchedule.Job, content: PushConfiguration.Content
    ) async throws(RelayError) -> [UInt8]? {
        let (user, room) = (job.key.user, job.key.room)
        guard let before = job.message.predecessor else { return nil }
        let page: LogPage
        do throws(RelayError) {
            // Judged by the user's role at this moment.
            page = try await self.page(
                .forward(after: before, through: job.message, limit: 1), of: room, for: .member(user))
        } catch {
            guard error.code == .noRoom || error.code == .banned else { throw error }
            return nil
        }
        guard let message = page.messages.first, message.isShown else { return nil }
        let read = try await wait { [backend] in backend.devices.positions(of: user, on: $0, completion: $1) }
        let position = read.first { $0.room == room }?.position
        if let position, position.epoch.random == page.head.position.epoch.random, position.id >= message.id {
            return nil
        }
        let hasTitle = content != .none && room.kind == .private
        let title = hasTitle ? try await self.page(.rules, of: room).rules?.title ?? "" : ""
        return PushPayload.bytes(message, in: room, title: title, isAddressed: job.isAddressed, content: content)
    }

    // MARK: The backend

    private func page(
        _ range: LogRange, of room: RoomName, for reader: LogReader = .room
    ) async throws(RelayError) -> LogPage {
        try await wait { [backend] in backend.log.read(range, of: room, for: reader, on: $0, completion: $1) }
    }

    /// - `ask`: called on the event loop.
    private func wait<Value: Sendable>(
        _ ask: @escaping @Sendable (any EventLoop, @escaping @Sendable (Result<Value, RelayError>) -> Void) -> Void
    ) async throws(RelayError) -> Value {
        let eventLoop = eventLoop
        let result: Result<Value, RelayError> = await withCheckedContinuation { continuation in
            eventLoop.execute { ask(eventLoop) { continuation.resume(returning: $0) } }
        }
        return try result.get()
    }
}
