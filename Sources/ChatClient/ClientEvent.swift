package import ChatModel

/// What a client tells the program around it, in the order in which it happened.
package enum ClientEvent: Sendable {
    /// The server said `welcome`. Keep the token: with it the next client is the same user.
    case opened(ServerFrame.Welcome)
    /// The connection is gone. `retryIn` is `nil` when the client was stopped.
    case closed(code: UInt16?, retryIn: Duration?)
    /// A connection could not be made; `closed` follows.
    case unreachable(WebSocketURL, reason: String)

    /// The room answered a `join`. `fresh`: there was no position to go on from. The messages follow one by one.
    case joined(ServerFrame.Joined, fresh: Bool)
    /// Every page is in: from here on the room is live.
    case caughtUp(RoomName)
    case message(RoomName, Epoch, ChatMessage, Arrival)
    /// Messages that this client will not get. Never hidden: whoever shows the room shows this too.
    case gap(Gap)
    /// The room is left, or the server put us out of it.
    case left(RoomName, reason: String)

    /// The message is in the log. May come twice: when the message itself arrives, and with the `ack`.
    case acked(RoomName, key: String, id: MessageID)
    /// The server asks for patience, with a message or, without a key, at the door of a room. The client tries again.
    case putOff(RoomName, key: String?, FrameError)
    /// The server will not take the message, or, without a key, does not let us into the room.
    case refused(RoomName, key: String?, FrameError)
    /// The message left the outbox without an answer; `maybeSent`: it may be in the log all the same. The user decides.
    case abandoned(RoomName, key: String, maybeSent: Bool)

    /// Presence, typing, names, history and what was found: passed through.
    case frame(ServerFrame)
    /// An error that belongs to no room and no message.
    case failed(FrameError)
    /// The server said something that the protocol does not allow here.
    case violation(String)

    package enum Arrival: Sendable {
        case live
        /// Out of the log: a page of `joined`, `resume` or `reset`.
        case page
        /// Had been received before. Not to be shown again, but counted: the server must not do this.
        case repeated
    }

    package struct Gap: Hashable, Sendable {
        package let room: RoomName
        /// What was seen last before it.
        package let after: RoomPosition
        /// What is missing, where the server knows.
        package let missing: ServerFrame.Missing?
        /// The log has begun anew or lost its tail: what follows need not continue what was seen.
        package let restarts: Bool
        /// How far the log reaches by now.
        package let head: RoomPosition
    }
}
