package import ChatModel
package import ChatProtocol
import NIOCore

/// A socket's request to join a room.
package struct JoinRequest: Sendable {
    /// The protocol of the socket.
    package enum Mode: Hashable, Sendable { case v1, plain }

    package let room: RoomName
    package let socket: SocketID
    package let user: User
    /// Of the whole chat.
    package let isOperator: Bool
    package let mode: Mode
    package let since: ClientFrame.Since?
    /// The client's address, by which its reads of history are counted.
    package let address: String
    /// The same as what a room knows of it; `nil`: it can ban nobody by their address.
    package let addressDigest: AddressDigest?
    /// What the user's messages may begin rooms with; `nil`: they may begin any number.
    package let newRooms: (any RoomAllowance)?

    package init(
        room: RoomName, socket: SocketID, user: User, isOperator: Bool = false, mode: Mode, since: ClientFrame.Since?,
        address: String, addressDigest: AddressDigest? = nil, newRooms: (any RoomAllowance)? = nil
    ) {
        self.room = room
        self.socket = socket
        self.user = user
        self.isOperator = isOperator
        self.mode = mode
        self.since = since
        self.address = address
        self.addressDigest = addressDigest
        self.newRooms = newRooms
    }
}

extension JoinRequest.Mode {
    /// Appends a message as a finished frame in this mode; nothing if the mode cannot show it.
    func encode(_ message: ChatMessage, in room: RoomName, _ epoch: Epoch, into buffer: inout ByteBuffer) {
        switch self {
        case .v1:
            FrameEncoder.text(into: &buffer) { message.encodeChat(room: room, epoch: epoch, into: &$0) }
        case .plain:
            guard message.isShown else { return }
            FrameEncoder.text(into: &buffer) { message.encodePlain(into: &$0) }
        }
    }
}
