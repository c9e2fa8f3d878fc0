import ChatModel
import NIOCore

/// What Redis should contain about this node's own members, and when to write it again. A pure value.
///
/// Changes are written as they happen. A whole room is rewritten after a change that may have failed, when Redis turns
/// out to have lost it, and before the lease ends.
struct PresenceLedger {
    /// How long Redis keeps entries without renewal, in seconds.
    static let lease = 600
    static let renewal = TimeAmount.minutes(4)
    static let retry = TimeAmount.seconds(1)

    struct Snapshot {
        let room: RoomName
        let members: [UserID: NodeMember]
        let version: UInt64
    }

    private struct Entry {
        var members: [UserID: NodeMember] = [:]
        /// Incremented by every change; a snapshot with an older version must be followed by another.
        var version: UInt64 = 0
        var due: NIODeadline

        mutating func change(_ changes: [UserID: NodeMember?]) -> UInt64 {
            for (user, member) in changes { members[user] = member }
            version += 1
            return version
        }
    }

    private var rooms: [RoomName: Entry] = [:]

    func members(of room: RoomName) -> [UserID: NodeMember] {
        rooms[room]?.members ?? [:]
    }

    /// - Returns: the version of the room that includes these changes.
    mutating func change(_ changes: [UserID: NodeMember?], in room: RoomName, now: NIODeadline) -> UInt64 {
        // In place: copying all members on every join would dominate its cost.
        rooms[room, default: Entry(due: now + Self.renewal)].change(changes)
    }

    /// A change up to this version was written. Forgets the room if it is empty in Redis too.
    mutating func changed(_ room: RoomName, version: UInt64, now: NIODeadline) {
        guard let entry = rooms[room], entry.version == version, entry.members.isEmpty,
            entry.due > now + Self.retry
        else { return }
        rooms[room] = nil
    }

    /// Redis' state of the room is unknown or wrong: rewrite the room.
    mutating func lost(_ room: RoomName, now: NIODeadline) {
        guard let entry = rooms[room] else { return }
        rooms[room]?.due = min(entry.due, now + Self.retry)
    }

    /// Rooms to rewrite now, most overdue first.
    mutating func due(now: NIODeadline, limit: Int) -> [Snapshot] {
        let due = rooms.filter { $0.value.due <= now }.sorted { $0.value.due < $1.value.due }.prefix(limit)
        return due.map { Snapshot(room: $0.key, members: $0.value.members, version: $0.value.version) }
    }

    /// A snapshot was written.
    mutating func renewed(_ snapshot: Snapshot, now: NIODeadline) {
        guard let entry = rooms[snapshot.room] else { return }
        if entry.version != snapshot.version {
            // A change may have overtaken it on the way to Redis.
            rooms[snapshot.room]?.due = now
        } else {
            rooms[snapshot.room] =
                entry.members.isEmpty
                ? nil
                : Entry(
                    members: entry.members, version: entry.version, due: now + Self.renewal)
        }
    }
}
