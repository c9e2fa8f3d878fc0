package import NIOCore

/// The way of a room's messages to the log and back from it to every node.
///
/// Implemented by `RedisRelay` and, for a standalone node, by `EmbeddedBackend`. Every method may be called from the
/// given event loop only, returns at once, and calls its completion exactly once on that loop, perhaps before it
/// returns. No method suspends: the message path has no `await` (docs/architecture.md, decision 2).
package protocol Relay: Sendable {
    /// Appends to the room's log and publishes, in one step. Drafts of one room arrive in the order of the calls.
    /// On `unavailable` the outcome is unknown: the same draft may be sent again under its key.
    func publish(
        _ draft: MessageDraft, to room: RoomName, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<PublishReceipt, RelayError>) -> Void)

    /// Says something that is not kept: typing, presence. Lost when nobody listens or the connection is away.
    func signal(_ signal: RoomSignal, to room: RoomName, on eventLoop: any EventLoop)

    /// Asks for the room's live messages. Completes once the subscription stands, however long that takes; from then
    /// on, and across every reconnect, `RelayReceiver` gets them until `unsubscribe`.
    func subscribe(
        to room: RoomName, on eventLoop: any EventLoop, completion: @escaping @Sendable () -> Void)

    func unsubscribe(from room: RoomName, on eventLoop: any EventLoop)
}

/// The relay's counterpart: the rooms of this node. May be called from any thread; what is handed over for one room
/// from one thread keeps its order.
package protocol RelayReceiver: AnyObject, Sendable {
    func deliver(_ events: [LiveEvent], to room: RoomName)

    /// The subscription of these rooms was interrupted and is restored: the messages in between are in the log only.
    func resubscribed(_ rooms: [RoomName])

    /// Nodes have joined, left, died or recovered: whose members count may have changed.
    func membershipChanged()
}

/// Whether a node can publish and receive messages.
package struct RelayStatus: Hashable, Sendable {
    package enum Kind: String, Sendable { case redis, memory }

    package let kind: Kind
    package let connected: Bool
    /// Why messages cannot be accepted right now; `nil`: they can.
    package let trouble: String?

    package init(kind: Kind, connected: Bool, trouble: String? = nil) {
        self.kind = kind
        self.connected = connected
        self.trouble = trouble
    }
}

/// One thing heard live in a room.
package enum LiveEvent: Sendable {
    /// - `origin`: the node that published it.
    case message(ChatMessage, epoch: Epoch, origin: String)
    case signal(RoomSignal)
}

/// What rooms say to one another across nodes without keeping it.
package enum RoomSignal: Hashable, Sendable {
    case typing(User)
    case renamed(User)
    /// A member uses a name that was given in another room.
    case named(User)
    /// A node's own members changed: users who now have a socket there, and users who have none any more.
    case presence(node: NodeIncarnation, joined: [User], left: [UserID])
    case asked(JourneyQuestion)
    case answered(JourneyAnswer)
}

/// The log took a message.
package struct PublishReceipt: Hashable, Sendable {
    package let position: RoomPosition
    /// The key had been seen before: `position` is the first one's.
    package let duplicate: Bool

    package init(position: RoomPosition, duplicate: Bool) {
        self.position = position
        self.duplicate = duplicate
    }
}

/// Why the relay or the log did not do it.
package struct RelayError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// No answer in time or the connection went: the outcome is unknown.
        case unavailable
        /// Too much is waiting already: it was not sent.
        case overloaded
        /// The server answered with an error: it was not done.
        case refused
        /// An act on what is no message of the log, or not any more.
        case notFound
        /// An act that only the message's author may do.
        case forbidden
        case tooManyReactions

        /// What the client is told: what is no fault of its own may be sent again.
        package var errorCode: ErrorCode {
            switch self {
            case .unavailable, .overloaded, .refused: .unavailable
            case .notFound: .notFound
            case .forbidden: .forbidden
            case .tooManyReactions: .tooManyReactions
            }
        }
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code.rawValue): \(message)" }
}
