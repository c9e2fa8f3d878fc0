package import ChatModel
import NIOCore

/// The socket's hold on one room. It stays the same while the `Connection` actor behind it may fail and be replaced
/// (Akka's `ActorRef`): what arrives in between waits here.
///
/// Owned by the `SocketHandler` (one a joined room) and known to the `Room`. Every method belongs to the socket's event
/// loop; `disconnect` must be called in the end, it undoes the cycle between ref and actor.
// Confined to the outlet's event loop; what the room reads from its own loop is immutable.
package final class ConnectionRef: @unchecked Sendable {
    let context: ConnectionContext
    private var connection: Connection?
    private var isFailed = false
    private var held: [RoomCommand] = []
    private var unsent: [MessageDraft] = []
    /// The command on which an actor failed: its successor tries once more.
    private var retried: RoomCommand?

    init(context: ConnectionContext) {
        self.context = context
    }

    package var room: RoomName { context.room }

    /// Who stands behind the ref at the moment; `nil` after `disconnect`.
    package var actor: Connection? { connection }

    /// A frame for this room. Chats wait until `submit`.
    package func receive(_ command: RoomCommand) {
        guard !isFailed else { return hold(command) }
        connection?.assumeIsolated { $0.receive(command) }
    }

    /// The socket's read cycle has ended (`channelReadComplete`): hands the chats that were received to the room.
    package func submit() {
        guard !isFailed else { return }
        connection?.assumeIsolated { $0.submit() }
    }

    /// The user leaves the room, or the socket is gone. Nothing is written afterwards.
    package func disconnect() {
        guard let connection else { return }
        connection.assumeIsolated { $0.end() }
        self.connection = nil
        context.shard.enter { $0.leave(self) }
    }

    // MARK: From the room

    func open(_ connection: Connection) {
        self.connection = connection
    }

    func joined(at position: RoomPosition, _ roster: Roster) {
        connection?.assumeIsolated { $0.joined(at: position, roster) }
    }

    func deliver(_ delivery: Delivery) {
        connection?.assumeIsolated { $0.deliver(delivery) }
    }

    func realign(to position: RoomPosition) {
        connection?.assumeIsolated { $0.realign(to: position) }
    }

    /// Presence, typing and the like: frames that nobody needs to see twice, and nobody misses.
    func write(_ frames: ByteBuffer) {
        if connection != nil { context.outlet.write(frames) }
    }

    /// The log has taken a message of this user.
    func confirmed(_ draft: MessageDraft, at id: MessageID) {
        tell(.ack(room: room, key: draft.key, id: id))
    }

    /// A message of this user did not come into the log, as far as is known.
    func rejected(_ draft: MessageDraft, _ message: String, as code: ErrorCode = .unavailable) {
        rejected(key: draft.key, message, as: code)
    }

    /// Who is to ask again is to do so at another time than all the others.
    /// - `key`: of the frame that is not answered otherwise; `nil`: it had none.
    func rejected(key: String?, _ message: String, as code: ErrorCode = .unavailable) {
        let error = FrameError(
            code, message, room: room.description, key: key,
            retryAfterMs: code == .unavailable ? .random(in: 500...1_500) : nil)
        tell(.error(error))
    }

    /// A frame for this member alone.
    func tell(_ frame: ServerFrame) {
        if context.mode == .v1, connection != nil { write(frame) }
    }

    func write(_ frame: ServerFrame) {
        var buffer = ByteBuffer()
        FrameEncoder.text(frame, into: &buffer)
        context.outlet.write(buffer)
    }

    /// The room could not be entered for too long. The user is told, and may ask again.
    func turnAway() {
        guard connection != nil else { return }
        rejected(key: nil, "the room cannot be read at the moment, join it again")
        disconnect()
        context.outlet.turnedAway(from: room)
    }

    // MARK: Failure and replacement

    func failed(_ failure: Connection.Failure, unsent: [MessageDraft]) {
        isFailed = true
        self.unsent = unsent
        if case .command(let command) = failure.culprit { retry(command) }
        context.shard.enter { $0.connectionFailed(self, failure) }
    }

    /// The successor learns from `joined` where the room stands.
    func replace(with successor: Connection) {
        guard connection != nil else { return }
        connection = successor
        isFailed = false
        let commands = held
        held = []
        successor.assumeIsolated { [unsent] in $0.adopt(unsent) }
        unsent = []
        for command in commands { receive(command) }
        submit()
    }

    /// Beyond repair: the whole socket ends, and the client comes back by itself.
    func giveUp() {
        context.outlet.close(.crashed)
    }

    private func hold(_ command: RoomCommand) {
        guard held.count < context.limits.heldCommands else {
            return refuse(command, "too much came while the room was being mended, send it again")
        }
        held.append(command)
    }

    private func retry(_ command: RoomCommand) {
        guard retried == command else {
            retried = command
            held.insert(command, at: 0)
            return
        }
        retried = nil
        refuse(command, "the frame could not be handled, send it again")
    }

    /// Whoever waits for an answer gets this one.
    private func refuse(_ command: RoomCommand, _ message: String) {
        switch command {
        case .chat, .act:
            guard let draft = command.draft(by: User(id: context.user, name: "")), !draft.key.isEmpty else { return }
            rejected(draft, message)
        case .history: rejected(key: nil, message)
        case .search(let search): rejected(key: search.key, message)
        case .trace(_, let key): rejected(key: key, message)
        case .typing, .rename: break
        }
    }
}

/// A frame that concerns one joined room.
package enum RoomCommand: Hashable, Sendable {
    /// - `key`: empty for a plain client.
    case chat(text: String, key: String, plain: PlainForm?)
    /// - `text`: empty but for an edit.
    case act(MessageAct, text: String, key: String)
    case typing
    /// Which way a message took through the nodes.
    case trace(MessageID, key: String)
    case history(ClientFrame.HistoryPart, limit: Int)
    case search(ClientFrame.Search)
    /// The user's name has changed, on this socket.
    case rename(name: String)

    /// What it wants in the log; `nil`: nothing.
    func draft(by user: User) -> MessageDraft? {
        switch self {
        case .chat(let text, let key, let plain):
            MessageDraft(user: user.id, name: user.name, text: text, key: key, plain: plain)
        case .act(let act, let text, let key):
            MessageDraft(user: user.id, name: user.name, text: text, key: key, act: act)
        case .typing, .trace, .history, .search, .rename: nil
        }
    }
}
