/// What a room's log keeps, and for how long: the same in Redis and in memory.
package struct RoomLimits: Hashable, Sendable {
    /// Messages per room (`HISTORY_LENGTH`); in Redis a little more, because it trims whole blocks.
    package var messages = 10_000
    /// Bytes per room (`HISTORY_MB`): ten thousand messages of usual length take two million.
    package var bytes = 8 * 1024 * 1024
    /// How long a message's key is remembered (`DEDUPE_SECONDS`).
    package var dedupeSeconds = 600
    /// How long a room is kept after its last message (`ROOM_TTL_DAYS`).
    package var idleDays = 90
    /// The same of open rooms that belong to nobody, except the lobby (`GUEST_ROOM_TTL_DAYS`); `nil`: no other time.
    package var unownedDays: Int?
    /// Maximum number of open rooms, and of private ones, above which guests cannot create rooms (`MAX_ROOMS`); `nil`:
    /// unlimited.
    package var mostRooms: Int? = 100_000

    package init() {}

    /// How long a room is kept after its last message.
    /// - `isOwned`: whether it has rules.
    package func idleDays(of room: RoomName, isOwned: Bool) -> Int {
        guard let unownedDays, !isOwned, room.kind == .open, room != .lobby else { return idleDays }
        return min(unownedDays, idleDays)
    }
}
