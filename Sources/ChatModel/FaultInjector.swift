/// The seam by which tests, and the development flag, make handling throw. `nil` in production.
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
    /// A subscribing connection takes what Redis pushes, whatever room it is for.
    case subscriberReceive
}
