/// What operators see of rooms and do to them, whatever their own role there. What they change is published like any
/// other change (`Authority.operator`), so it is not here. Safe from any thread.
package protocol RoomAdministration: Sendable {
    /// The open rooms or the private ones, most recently active first.
    func rooms(isPrivate: Bool, limit: Int) async throws -> [RoomActivity]

    /// Without changes: `RoomRules()`; `nil`: the room has neither a log nor rules.
    func rules(of room: RoomName) async throws -> RoomRules?

    /// Deletes the room's log and rules, and takes it off all lists. Every node with members in it notices at once.
    /// - Returns: whether there was anything to delete.
    func delete(_ room: RoomName) async throws -> Bool
}
