import ChatModel
import NIOCore
import Synchronization

/// What an embedded node has instead of Redis: the rooms' logs, who listens, and who is there. It lives as long as the
/// process. `InMemoryRelay`, `InMemoryRoomLog`, `InMemoryPresenceStore` and `InMemoryRoomIndex` are its faces.
///
/// Called from every event loop: one lock around short steps, never held while somebody else's code runs.
package final class InMemoryStore: Sendable {
    /// There is no other server whose log could branch off this one.
    private static let tag: UInt32 = 0

    private struct State {
        var rooms: [RoomName: RoomHistory] = [:]
        var dedupe: DedupeMemory
        var subscribed: Set<RoomName> = []
        var members: [RoomName: [UserID: NodeMember]] = [:]
        var generator: any RandomNumberGenerator & Sendable
        weak var receiver: (any RelayReceiver)?
    }

    /// A message that was appended, and who wants to hear it now.
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

    private let historyLength: Int
    private let maximumRooms: Int
    private let now: @Sendable () -> Int64
    private let uptime: @Sendable () -> Int64
    private let state: Mutex<State>

    /// - Parameters:
    ///   - maximumRooms: beyond, the least recently active room that nobody listens to is dropped.
    ///   - maximumKeys: how many messages' keys are remembered at most, over all rooms.
    ///   - generator: draws the epochs.
    ///   - now: the wall clock, in milliseconds since 1970.
    ///   - uptime: milliseconds that no step of the wall clock changes: a key must not be forgotten early.
    package init(
        configuration: ClusterConfiguration, maximumRooms: Int = 10_000, maximumKeys: Int = 200_000,
        generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(),
        now: @escaping @Sendable () -> Int64 = WallClock.milliseconds,
        uptime: @escaping @Sendable () -> Int64 = { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) }
    ) {
        historyLength = configuration.historyLength
        self.maximumRooms = maximumRooms
        self.now = now
        self.uptime = uptime
        state = Mutex(
            State(
                dedupe: DedupeMemory(seconds: configuration.dedupeSeconds, capacity: maximumKeys),
                generator: generator))
    }

    /// Forgets every log and every key, as FLUSHALL does in Redis: each room begins a new epoch. Who listens and who
    /// is there stays, as nodes write that again by themselves.
    package func removeAll() {
        state.withLock { state in
            state.rooms = [:]
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
            if state.rooms[room] == nil {
                guard makeRoom(in: &state) else {
                    return .refused(
                        RelayError(.overloaded, "too many rooms are open; leave one or try again later"))
                }
                let random = state.generator.next(upperBound: UInt64.max) + 1
                state.rooms[room] = RoomHistory(epoch: Epoch(random: random, tag: Self.tag))
            }
            guard let message = state.rooms[room]?.append(draft, now: now, keeping: historyLength),
                let position = state.rooms[room]?.position
            else { preconditionFailure("room \(room) was put there in this very step") }
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

    /// Makes place for one more room, if need be at the cost of the one that was silent for longest.
    private func makeRoom(in state: inout State) -> Bool {
        guard state.rooms.count >= maximumRooms else { return true }
        let subscribed = state.subscribed
        let silent = state.rooms.lazy.filter { !subscribed.contains($0.key) }
        guard let victim = silent.min(by: { $0.value.lastActivity < $1.value.lastActivity }) else { return false }
        state.rooms[victim.key] = nil
        return true
    }

    // MARK: Listening

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
