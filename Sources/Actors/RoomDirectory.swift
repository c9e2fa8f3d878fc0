package import ChatModel

/// Every room of this node by name.
package final class RoomDirectory: Sendable {
    /// Puts a socket into a room. Called on the outlet's event loop; returns at once. The answer (`joined`, or an
    /// `error`) is written to the outlet when the room is ready.
    package func connect(_ request: JoinRequest, outlet: any ConnectionOutlet) -> ConnectionRef {
        ConnectionRef(room: request.room)
    }
}

package struct JoinRequest: Sendable {
    /// How the socket speaks.
    package enum Mode: Hashable, Sendable { case v1, plain }

    package let room: RoomName
    package let socket: SocketID
    package let user: User
    package let mode: Mode
    package let since: ClientFrame.Since?

    package init(room: RoomName, socket: SocketID, user: User, mode: Mode, since: ClientFrame.Since?) {
        self.room = room
        self.socket = socket
        self.user = user
        self.mode = mode
        self.since = since
    }
}
