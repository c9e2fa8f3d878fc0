import ChatModel
import NIOCore
import Synchronization

/// An embedded node's substitute for Redis: logs, subscriptions and members of all rooms. Used through `InMemoryRelay`,
/// `InMemoryRoomLog`, `InMemoryPresenceStore` and `InMemoryRoomIndex`.
///
/// Called from every event loop: one lock around short steps, never held while foreign code runs.
package final class InMemoryStore: Sendable {
    /// Constant: without a second server the log cannot fork.
    private static let tag: UInt32 = 0

    private struct State {
        var rooms: [RoomName: RoomHistory] = [:]
        /// Approximate bytes of all rooms.
        var memory = 0
        var prunedAt: Int64 = 0
        var dedupe: DedupeMemory
        var subscribed: Set<RoomName> = []
        var members: [RoomName: [UserID: NodeMember]] = [:]
        var generator: any RandomNumberGenerator & Sendable
        weak var receiver: (any RelayReceiver)?
    }

    /// An appended message, and the receiver if the room is subscribed.
    struct Appended {
        let receipt: PublishReceipt
        let message: ChatMessage
        let receiver: (any RelayReceiver)?
    }

    enum Outcome {
        case appended(Appended)
        case duplicate(PublishReceipt)
        case refused(RelayError)
    }

    private let configuration: ClusterConfiguration
    private let now: @Sendable () -> Int64
    private let uptime: @Sendable () -> Int64
    private let state: Mutex<State>

    /// - Parameters:
    ///   - maximumKeys: maximum number of message keys remembered, over all rooms.
    ///   - generator: draws the epochs.
    ///   - now: the wall clock, in milliseconds since 1970.
    ///   - uptime: monotonic milliseconds, so that clock steps do not expire keys early.
    package init(
        configuration: ClusterConfiguration, maximumKeys: Int = 200_000,
        generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(),
        now: @escaping @Sendable () -> Int64 = WallClock.milliseconds,
        uptime: @escaping @Sendable () -> Int64 = { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) }
    ) {
        self.configuration = configuration
        self.now = now
        self.uptime = uptime
        state = Mutex(
            State(
                dedupe: DedupeMemory(seconds: configuration.dedupeSeconds, capacity: maximumKeys),
                generator: generator))
    }

    /// Forgets all logs and keys, as FLUSHALL does in Redis: each room begins a new epoch. Subscriptions and members
    /// stay, since nodes would restore them anyway.
    package func removeAll() {
        state.withLock { state in
            state.rooms = [:]
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
            if draft.act != nil {
                guard let history = state.rooms[room] else { return .refused(.notFound) }
                if let refusal = history.refusal(of: draft) { return .refused(refusal) }
            }
            guard makePlace(for: draft, in: room, now: now, &state) else {
                return .refused(.logFull)
            }
            let before = state.rooms[room]?.memory ?? 0
            if state.rooms[room] == nil {
                let random = state.generator.next(upperBound: UInt64.max) + 1
                state.rooms[room] = RoomHistory(epoch: Epoch(random: random, tag: Self.tag))
            }
            state.memory -= before
            let message = state.rooms[room]?.append(
                draft, now: now, keeping: configuration.historyLength, maximumBytes: configuration.roomBytes)
            guard let message, let history = state.rooms[room] else {
                preconditionFailure("room \(room) is missing right after its creation")
            }
            state.memory += history.memory
            let position = history.position
            if let key { state.dedupe.remember(key, at: position, now: uptime) }
            return .appended(
                Appended(
                    receipt: PublishReceipt(position: position, duplicate: false), message: message,
                    receiver: state.subscribed.contains(room) ? state.receiver : nil))
        }
    }

    func page(_ range: LogRange, of room: RoomName) -> LogPage {
        state.withLock { state in
            state.rooms[room]?.page(range) ?? LogPage(head: .empty, messages: [], more: false, reached: nil)
        }
    }

    func recentRooms(limit: Int) -> [RoomActivity] {
        let rooms = state.withLock { state in
            state.rooms.map { RoomActivity(room: $0.key, lastActivity: $0.value.lastActivity) }
        }
        return Array(rooms.sorted { $0.lastActivity > $1.lastActivity }.prefix(limit))
    }

    /// Near the limit, drops expired rooms first, then the room's own messages: no room evicts another's.
    private func makePlace(for draft: MessageDraft, in room: RoomName, now: Int64, _ state: inout State) -> Bool {
        let cost = ChatMessage(draft, id: .zero, ts: 0).logBytes + RoomHistory.memoryPerMessage
        func missing() -> Int {
            let ofRoom = state.rooms[room] == nil ? 1_024 : 0
            return state.memory + cost + ofRoom - configuration.memoryBytes
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

    /// At most once a second: at the limit, every append calls this.
    private func dropExpired(now: Int64, _ state: inout State) {
        guard now < state.prunedAt || now - state.prunedAt >= 1_000 else { return }
        state.prunedAt = now
        let lifetime = Int64(configuration.roomTTLDays) * 24 * 3_600 * 1_000
        for (name, history) in state.rooms
        where history.lastActivity + lifetime < now && !state.subscribed.contains(name) {
            state.memory -= history.memory
            state.rooms[name] = nil
        }
    }

    // MARK: Subscriptions

    func attach(_ receiver: any RelayReceiver) {
        state.withLock { $0.receiver = receiver }
    }

    func subscribe(to room: RoomName) {
        state.withLock { _ = $0.subscribed.insert(room) }
    }

    func unsubscribe(from room: RoomName) {
        state.withLock { _ = $0.subscribed.remove(room) }
    }

    func listener(of room: RoomName) -> (any RelayReceiver)? {
        state.withLock { $0.subscribed.contains(room) ? $0.receiver : nil }
    }

    // MARK: Presence

    func update(_ changes: [UserID: NodeMember?], in room: RoomName) {
        state.withLock { state in
            for (user, member) in changes { state.members[room, default: [:]][user] = member }
            if state.members[room]?.isEmpty == true { state.members[room] = nil }
        }
    }

    func members(of room: RoomName) -> [User] {
        let members = state.withLock { $0.members[room] ?? [:] }
        return members.map { User(id: $0.key, name: $0.value.name) }
    }
}
