package import NIOCore

/// How many rooms somebody may still make. Thread-safe.
package protocol RoomAllowance: Sendable {
    /// Counts a room, before it is known whether it is new. Call on `eventLoop`.
    /// - Returns: `nil`, or why there may be no more at the moment.
    func take(for room: RoomName, on eventLoop: any EventLoop) -> RelayError?

    /// What was counted has made no room.
    func giveBack()
}

extension RelayError {
    package static func tooManyRooms(for ms: Int) -> RelayError {
        RelayError(.slowed, "too many new rooms from your address, try again later", retryAfterMs: ms)
    }

    package static let roomsFull = RelayError(
        .overloaded, "there are as many rooms as this chat can have: write in one that has messages, or try again later"
    )

    /// Whether the room is new is not known yet.
    package static let opening = RelayError(.moving, "the room is being opened, please resend")
}
