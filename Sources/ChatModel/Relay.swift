package import NIOCore

/// Carries a room's messages to the log and from there to every node.
///
/// Implemented by `RedisRelay` and, for a standalone node, by `EmbeddedBackend`. Every method must be called on the given
/// event loop, returns at once, and calls its completion exactly once on that loop, perhaps before it returns. No
/// method suspends: the message path has no `await` (docs/architecture.md, decision 2).
package protocol Relay: Sendable {
    /// Appends drafts to the room's log and publishes them, each in one step, in the order given and in that of the
    /// calls. After `unavailable` the outcome is unknown: the draft may be resent with the same key.
    /// - `completion`: gets one result per draft.
    func publish(
        _ drafts: [MessageDraft], to room: RoomName, on eventLoop: any EventLoop,
        completion: @escaping @Sendable ([Result<PublishReceipt, RelayError>]) -> Void)

    /// Sends a signal that is not logged: typing, presence. Lost without subscribers or while disconnected.
    func signal(_ signal: RoomSignal, to room: RoomName, on eventLoop: any EventLoop)

    /// Subscribes to the room's live messages. Completes once subscribed, however long that takes. From then on, and
    /// across reconnects, `RelayReceiver` gets them until `unsubscribe`.
    func subscribe(
        to room: RoomName, on eventLoop: any EventLoop, completion: @escaping @Sendable () -> Void)

    func unsubscribe(from room: RoomName, on eventLoop: any EventLoop)
}

/// The relay's counterpart: the rooms of this node. Thread-safe; calls for one room from one thread keep their order.
package protocol RelayReceiver: AnyObject, Sendable {
    func deliver(_ events: [LiveEvent], to room: RoomName)

    /// The subscription of these rooms was interrupted and restored. Messages in between are only in the log.
    func resubscribed(_ rooms: [RoomName])

    /// From any node.
    func tell(_ user: UserID, _ news: UserNews)

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

/// Something received live in a room.
package enum LiveEvent: Sendable {
    /// - `origin`: the node that published it.
    case message(ChatMessage, epoch: Epoch, origin: String)
    case signal(RoomSignal)
}

/// What rooms tell each other across nodes without logging it.
package enum RoomSignal: Hashable, Sendable {
    case typing(User)
    case renamed(User)
    /// A member was renamed in another room.
    case named(User)
    /// A node's own members changed: users who now have a socket there, and users who no longer do.
    case presence(node: NodeIncarnation, joined: [User], left: [UserID])
    case asked(JourneyQuestion)
    case answered(JourneyAnswer)
    /// An operator has deleted the room: compare with the log.
    case deleted
}

/// The log appended a message.
package struct PublishReceipt: Hashable, Sendable {
    package let position: RoomPosition
    /// The key was already used: `position` is that of the first message.
    package let duplicate: Bool

    package init(position: RoomPosition, duplicate: Bool) {
        self.position = position
        self.duplicate = duplicate
    }
}

/// Why the relay or the log failed.
package struct RelayError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// No answer in time, or the connection was lost: the outcome is unknown.
        case unavailable
        /// The room is moving to another server, where it will be in a moment: nothing was done.
        case moving
        /// Too much is already queued: it was not sent.
        case overloaded
        /// The server answered with an error: nothing was done.
        case refused
        /// The act's target is not, or no longer, a message of the log.
        case notFound
        /// Only the message's author may do this.
        case forbidden
        case tooManyReactions
        /// The room does not exist for this user.
        case noRoom
        case banned
        /// The user's last message is too recent.
        case slowed

        /// What the client gets: it may resend after an error that is not its fault.
        package var errorCode: ErrorCode {
            switch self {
            case .unavailable, .moving, .overloaded, .refused: .unavailable
            case .notFound, .noRoom: .notFound
            case .forbidden, .banned: .forbidden
            case .slowed: .rateLimited
            case .tooManyReactions: .tooManyReactions
            }
        }
    }

    package let code: Code
    package let message: String
    /// After which it may work; `nil`: unknown.
    package let retryAfterMs: Int?
    /// When a ban ends, in milliseconds since 1970; `nil`: never, or it is unknown.
    package let until: Int64?

    package init(_ code: Code, _ message: String, retryAfterMs: Int? = nil, until: Int64? = nil) {
        self.code = code
        self.message = message
        self.retryAfterMs = retryAfterMs
        self.until = until
    }

    /// Whether the reader may not read: trying again does not help.
    package var isRefusal: Bool { code == .noRoom || code == .banned }

    package var description: String { "\(code.rawValue): \(message)" }
}
