import ChatModel
import NIOCore

/// What this node has to have in Redis about its own members, and when it is to be written again. A pure value.
///
/// Changes are written as they come. The whole of a room is written again when a change may have failed, when Redis is
/// found to have lost it, and before the lease ends.
struct PresenceLedger {
    /// How long Redis keeps what is not renewed, in seconds.
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
        /// Counts the changes: a snapshot that is no longer the newest has to be followed by another.
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

    /// - Returns: the version of the room that holds these changes.
    mutating func change(_ changes: [UserID: NodeMember?], in room: RoomName, now: NIODeadline) -> UInt64 {
        // In its place: a copy of all members for each who comes would be the dearest part of coming.
        rooms[room, default: Entry(due: now + Self.renewal)].change(changes)
    }

    /// A change up to this version was written. A room that is empty in Redis as well is forgotten.
    mutating func changed(_ room: RoomName, version: UInt64, now: NIODeadline) {
        guard let entry = rooms[room], entry.version == version, entry.members.isEmpty,
            entry.due > now + Self.retry
        else { return }
        rooms[room] = nil
    }

    /// What Redis has of the room is not known, or is wrong: it is to be written as a whole.
    mutating func lost(_ room: RoomName, now: NIODeadline) {
        guard let entry = rooms[room] else { return }
        rooms[room]?.due = min(entry.due, now + Self.retry)
    }

    /// Rooms to be written as a whole now, those that are overdue first.
    mutating func due(now: NIODeadline, limit: Int) -> [Snapshot] {
        let due = rooms.filter { $0.value.due <= now }.sorted { $0.value.due < $1.value.due }.prefix(limit)
        return due.map { Snapshot(room: $0.key, members: $0.value.members, version: $0.value.version) }
    }

    /// A snapshot was written.
    mutating func renewed(_ snapshot: Snapshot, now: NIODeadline) {
        guard let entry = rooms[snapshot.room] else { return }
        if entry.version != snapshot.version {
            // A change overtook it on the way to Redis, perhaps.
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
