import ChatModel

/// Limits updates of the room index to one per room in 10 s. A pure value with bounded memory: a room forgotten early
/// is noted once too often.
struct RoomActivityThrottle {
    /// In milliseconds.
    private static let interval: UInt64 = 10_000
    private static let pruneInterval: UInt64 = 600_000
    static let capacity = 10_000

    struct Action: Equatable {
        var note = false
        /// Also drop expired rooms.
        var prune = false
    }

    private var noted: [RoomName: UInt64] = [:]
    private var pruned: UInt64 = 0

    /// - Parameter ms: when the room was active, by the log's clock.
    mutating func active(_ room: RoomName, at ms: UInt64) -> Action {
        if let last = noted[room], ms < last || ms - last < Self.interval { return Action() }
        if noted.count >= Self.capacity { noted = [:] }
        noted[room] = ms
        let prune = ms >= pruned && ms - pruned >= Self.pruneInterval
        if prune { pruned = ms }
        return Action(note: true, prune: prune)
    }

    /// The room was deleted: its next message is noted.
    mutating func forget(_ room: RoomName) { noted[room] = nil }
}
