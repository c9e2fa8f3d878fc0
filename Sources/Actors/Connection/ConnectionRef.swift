package import ChatModel
import ChatProtocol
import NIOCore
import Supervision

/// A socket's stable reference to one room, while the `Connection` actor behind it may fail and be replaced (Akka's
/// `ActorRef`). Forwards to the actor, and holds what arrives in between.
///
/// Owned by the `SocketSession` (one per joined room) and known to the `Room`. Call every method on the socket's event
/// loop, and `disconnect` at the end: it breaks the reference cycle with the actor.
// Confined to the outlet's event loop; what the room reads from its own loop is immutable.
package final class ConnectionRef: @unchecked Sendable {
    let context: ConnectionContext
    private var connection: Connection?
    private var isFailed = false
    private var held: [RoomCommand] = []

    init(context: ConnectionContext) {
        self.context = context
    }

    package var room: RoomName { context.room }

    /// The current actor; `nil` after `disconnect`.
    package var actor: Connection? { connection }

    // MARK: From the socket

    /// A frame for this room. Messages wait until `submit`.
    package func receive(_ command: RoomCommand) {
        guard isFailed else {
            connection?.enterOnLoop { $0.receive(command) }
            return
        }
        if held.count < context.services.limits.heldCommands {
            held.append(command)
        } else if command.isAnswered {
            context.replies.reject(key: command.key, "connection is restarting, please resend")
        }
    }

    /// Sets the name of the user's messages from now on.
    package func sign(as name: String, tellingRoom: Bool) {
        connection?.enterOnLoop { $0.sign(as: name, tellingRoom: tellingRoom) }
    }

    /// The socket's read cycle has ended (`channelReadComplete`): submits the received messages to the room.
    package func submit() {
        if !isFailed { connection?.enterOnLoop { $0.submit() } }
    }

    /// The user leaves the room, or the socket is gone. Nothing is written afterwards.
    package func disconnect() {
        guard let connection else { return }
        connection.enterOnLoop { $0.end() }
        self.connection = nil
        context.replies.close()
        context.shard.enter { $0.leave(self) }
    }

    // MARK: From the room

    func joined(at position: RoomPosition, _ roster: Roster) {
        connection?.enterOnLoop { $0.joined(at: position, roster) }
    }

    func deliver(_ delivery: Delivery) {
        connection?.enterOnLoop(with: delivery) { $0.deliver($1) }
    }

    func realign(to position: RoomPosition) {
        connection?.enterOnLoop { $0.realign(to: position) }
    }

    /// The user was renamed by one of their sockets.
    func renamed(to name: String) {
        guard connection != nil else { return }
        sign(as: name, tellingRoom: false)
        context.outlet.renamed(to: name)
    }

    /// The room could not be entered in time: rejects the join, which the client may retry.
    func turnAway() {
        guard connection != nil else { return }
        context.replies.reject(key: nil, "room is temporarily unavailable, join again")
        disconnect()
        context.outlet.turnedAway(from: room)
    }

    /// The room's rules do not admit the user, or no longer.
    func expel(_ refusal: RelayError) {
        guard let connection else { return }
        if context.mode == .v1, connection.enterOnLoop({ $0.owesJoined }) {
            context.replies.reject(key: nil, refusal.message, as: refusal.code.errorCode, until: refusal.until)
        } else {
            let reason = refusal.code == .banned ? "banned" : "removed"
            context.replies.tell(.left(room: room, reason: reason, until: refusal.until))
        }
        disconnect()
        context.outlet.turnedAway(from: room)
    }

    // MARK: Failure and replacement

    func open(_ connection: Connection) {
        self.connection = connection
    }

    func failed(_ failure: Connection.Failure) {
        isFailed = true
        context.shard.enter { $0.connectionFailed(self, failure) }
    }

    /// The successor gets the room's position with `joined`.
    func replace(with successor: Connection) {
        guard connection != nil else { return }
        connection = successor
        isFailed = false
        let commands = held
        held = []
        for command in commands { receive(command) }
        submit()
    }

    /// The actor fails too often: closes the whole socket, and the client reconnects.
    func giveUp() {
        context.outlet.close(.crashed)
    }
}
