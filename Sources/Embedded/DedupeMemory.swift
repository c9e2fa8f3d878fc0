import ChatModel
import DequeModule

/// Positions of recent messages by their keys: in memory what `<p>:{room}:key:…` is in Redis. A pure value. Beyond
/// `capacity`, the oldest key is dropped early.
struct DedupeMemory {
    struct Key: Hashable {
        let room: RoomName
        let user: UserID
        let key: String
    }

    private struct Entry {
        let position: RoomPosition
        /// In milliseconds of uptime.
        let expiry: Int64
    }

    private let lifetime: Int64
    private let capacity: Int
    private var entries: [Key: Entry] = [:]
    /// One per `remember`, oldest first; stale if the key was remembered again.
    private var order = Deque<(key: Key, expiry: Int64)>()

    init(seconds: Int, capacity: Int) {
        lifetime = Int64(seconds) * 1000
        self.capacity = capacity
    }

    mutating func removeAll() {
        entries = [:]
        order = []
    }

    func position(of key: Key, now: Int64) -> RoomPosition? {
        guard let entry = entries[key], entry.expiry > now else { return nil }
        return entry.position
    }

    mutating func remember(_ key: Key, at position: RoomPosition, now: Int64) {
        let expiry = now + lifetime
        entries[key] = Entry(position: position, expiry: expiry)
        order.append((key, expiry))
        while let oldest = order.first, oldest.expiry <= now || order.count > capacity {
            order.removeFirst()
            if entries[oldest.key]?.expiry == oldest.expiry { entries[oldest.key] = nil }
        }
    }
}
