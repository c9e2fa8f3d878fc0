/// How many rooms somebody may still make. Thread-safe.
package protocol RoomAllowance: Sendable {
    /// Counts a room, before it is known whether it is new.
    /// - Returns: `nil`, or why there may be no more at the moment.
    func take() -> RelayError?

    /// What was counted has made no room.
    func giveBack()
}

extension RelayError {
    package static func tooManyRooms(for ms: Int) -> RelayError {
        RelayError(.slowed, "too many new rooms from your address, try again later", retryAfterMs: ms)
    }

    /// Whether the room is new is not known yet.
    package static let opening = RelayError(.moving, "the room is being opened, please resend")
}
