package import ChatModel

/// The seam by which tests, and the development flag, make an actor's handling throw. `nil` in production.
package protocol FaultInjector: Sendable {
    func check(_ point: FaultPoint) throws
}

/// Where handling may be made to throw.
package enum FaultPoint: Hashable, Sendable {
    /// A connection handles a frame of its user.
    case connectionReceive(RoomName, UserID)
    /// A connection is about to write messages, the last of which is `through`.
    case connectionDeliver(RoomName, UserID, through: MessageID)
    /// A room takes a draft.
    case roomSubmit(RoomName)
    /// A room takes a live message, before it has moved its position.
    case roomDeliver(RoomName, MessageID)
}
