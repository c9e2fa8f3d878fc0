package import ChatModel
package import ChatProtocol

/// What a client reports to its program, in order.
package enum ClientEvent: Sendable {
    /// The server sent `welcome`. With its token, the next client is the same user.
    case opened(ServerFrame.Welcome)
    /// The connection is closed. `retryIn` is `nil` if the client was stopped.
    case closed(code: UInt16?, retryIn: Duration?)
    /// Connecting failed; `closed` follows.
    case unreachable(WebSocketURL, reason: String)

    /// The room answered a `join`. `fresh`: there was no position to resume from. The messages follow one by one.
    case joined(ServerFrame.Joined, fresh: Bool)
    /// All pages have arrived: the room is live from here on.
    case caughtUp(RoomName)
    case message(RoomName, Epoch, ChatMessage, Arrival)
    /// Messages that this client will not receive. Never hidden: a user interface must show the gap.
    case gap(Gap)
    /// This client left the room, or the server removed it.
    case left(RoomName, reason: String)
    /// The server removed this client from the room, or does not let it in; it asks again (`returnAfter`).
    case expelled(RoomName, reason: String)

    /// The message is in the log. May be reported twice: when the message itself arrives, and with the `ack`.
    case acked(RoomName, key: String, id: MessageID)
    /// The server asked to retry later: for a message or, without a key, for a join. The client retries.
    case postponed(RoomName, key: String?, FrameError)
    /// The server rejected the message or, without a key, the join.
    case refused(RoomName, key: String?, FrameError)
    /// The message left the outbox without an answer. `maybeSent`: it may still be in the log; the user decides.
    case abandoned(RoomName, key: String, maybeSent: Bool)

    /// Presence, typing, names, history and search results, passed through.
    case frame(ServerFrame)
    /// An error that concerns no room or message.
    case failed(FrameError)
    /// The server violated the protocol.
    case violation(String)

    package enum Arrival: Sendable {
        case live
        /// From the log: part of `joined`, `resume` or `reset`.
        case page
        /// Already received. Counted but not shown: the server must not do this.
        case repeated
    }

    package struct Gap: Hashable, Sendable {
        package let room: RoomName
        /// The last position seen before it.
        package let after: RoomPosition
        /// What is missing, if the server knows.
        package let missing: ServerFrame.Missing?
        /// The log was replaced or lost its tail: what follows may not continue what was seen.
        package let restarts: Bool
        /// The current head of the log.
        package let head: RoomPosition
    }
}
