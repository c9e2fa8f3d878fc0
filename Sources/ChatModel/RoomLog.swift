package import NIOCore

/// The rooms' logs: the truth, of which live messages are only a hint. Same rules as `Relay`: called on `eventLoop`,
/// returns at once, completes exactly once on that loop.
package protocol RoomLog: Sendable {
    /// Reads a part of a room's log and its head, in one step. A room without a log yields `LogHead.empty` and no
    /// entries. Unreadable entries are skipped and counted; they leave a gap in `seq`.
    func read(
        _ range: LogRange, of room: RoomName, for reader: LogReader, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<LogPage, RelayError>) -> Void)
}

/// Who reads: rooms never wait behind users who browse history.
package enum LogReader: Hashable, Sendable {
    /// A room: reads everything.
    case room
    /// A user joining a room. Rejected (`noRoom`, `banned`) by their role at the moment of the read, or without one by
    /// their address.
    case member(UserID, from: AddressDigest? = nil)
    /// A user browsing history, by client address. Addresses take turns, and are rejected (`overloaded`) when too many
    /// wait.
    /// - `user`: `nil`: unknown, so it has no role.
    case history(of: String, by: UserID?, from: AddressDigest? = nil)
    /// The same, of whom a page may be a second old: it is shared by all who ask for it if all may see it.
    case recent(of: String, by: UserID?, from: AddressDigest? = nil)
}

/// Which entries to read. The answer is always oldest first.
package enum LogRange: Hashable, Sendable {
    /// Only the head.
    case head
    /// The head and the room's rules.
    case rules
    /// The oldest `limit` with `after < id ≤ through`; `through` nil: up to the head.
    case forward(after: MessageID, through: MessageID?, limit: Int)
    /// The newest `limit` with `id < before`; `before` nil: up to the head.
    case backward(before: MessageID?, limit: Int)
}

package struct LogPage: Hashable, Sendable {
    /// Limits of a page, whatever the size of its messages.
    package static let maximumMessages = 200
    package static let maximumBytes = 256 * 1024

    package let head: LogHead
    /// Oldest first.
    package let messages: [ChatMessage]
    /// Whether the range holds more: newer ones for `forward`, older ones for `backward`.
    package let more: Bool
    /// Id of the last entry read, skipped ones included: where to continue. `nil`: nothing was in range.
    package let reached: MessageID?
    /// Only for `LogRange.rules`.
    package let rules: RoomRules?

    package init(
        head: LogHead, messages: [ChatMessage], more: Bool, reached: MessageID?, rules: RoomRules? = nil
    ) {
        self.head = head
        self.messages = messages
        self.more = more
        self.reached = reached
        self.rules = rules
    }
}

/// The rooms, most recently active first: for `/rooms`; and whether there are too many of them.
package protocol RoomIndex: Sendable {
    func recentRooms(limit: Int) async throws -> [RoomActivity]

    /// Whether `MAX_ROOMS` is reached for rooms of this kind, so that guests cannot create this one. The answer may be
    /// some seconds old. Call on `eventLoop`.
    func isFull(for room: RoomName, on eventLoop: any EventLoop) -> Bool
}

package struct RoomActivity: Hashable, Sendable {
    package let room: RoomName
    /// Milliseconds since 1970.
    package let lastActivity: Int64

    package init(room: RoomName, lastActivity: Int64) {
        self.room = room
        self.lastActivity = lastActivity
    }
}
