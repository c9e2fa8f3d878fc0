package import ChatModel

/// The socket's hold on one room. It stays the same while the `Connection` actor behind it may fail and be replaced,
/// like Akka's `ActorRef`: frames that arrive in between wait here.
///
/// Owned by the `SocketHandler` (one a joined room) and by the `Room`; every method belongs to the socket's event loop.
// Confined to the outlet's event loop; what the room reads from its own loop is immutable.
package final class ConnectionRef: @unchecked Sendable {
    package let room: RoomName

    init(room: RoomName) {
        self.room = room
    }

    /// A frame for this room. Chats wait until `submit`.
    package func receive(_ command: RoomCommand) {}

    /// The socket's read cycle has ended (`channelReadComplete`): hands the chats that were received to the room.
    package func submit() {}

    /// The user leaves the room, or the socket is gone. Nothing is written afterwards.
    package func disconnect() {}
}

/// A frame that concerns one joined room.
package enum RoomCommand: Hashable, Sendable {
    /// - `key`: empty for a plain client.
    case chat(text: String, key: String, plain: PlainForm?)
    case typing
    case history(before: MessageID?, limit: Int)
    /// The user's name has changed, on this socket.
    case rename(name: String)
}
