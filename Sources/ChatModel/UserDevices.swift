package import NIOCore

/// What a user's devices share: how far each room has been read, and links by which a guest goes on elsewhere
/// (`docs/protocol.md`, section 14). Same rules as `RoomLog.read`.
package protocol UserDevices: Sendable {
    /// Stores what is further than what is known, and tells the user's sockets on every node. Best effort.
    /// - `origin`: the socket that has said so.
    /// - `completion`: `.failure`: it may not be stored.
    func read(
        _ positions: [ReadPosition], by user: UserID, at origin: SocketOrigin, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<Void, RelayError>) -> Void)

    /// At most `ReadPosition.mostRooms`, in any order.
    func positions(
        of user: UserID, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<[ReadPosition], RelayError>) -> Void)

    /// Uses up a link to the user, and tells the user's sockets on every node.
    /// - `link`: its id.
    /// - `completion`: gets `false` if it was used before, by anybody on any node.
    func take(
        link: String, to user: UserID, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<Bool, RelayError>) -> Void)
}

/// A user has read everything in a room up to a message.
package struct ReadPosition: Hashable, Sendable {
    /// Of these many rooms of a user it is known how far they are read: those with the newest messages read.
    package static let mostRooms = 200

    package let room: RoomName
    package let position: RoomPosition

    package init(room: RoomName, position: RoomPosition) {
        self.room = room
        self.position = position
    }

    /// Another log of the room has other messages: what was read of the one before means nothing there.
    package static func isFurther(_ position: RoomPosition, than known: RoomPosition?) -> Bool {
        guard let known, known.epoch.random == position.epoch.random else { return true }
        return known.id < position.id
    }
}

/// A socket of any node.
package struct SocketOrigin: Hashable, Sendable {
    package let node: String
    package let socket: SocketID

    package init(node: String, socket: SocketID) {
        self.node = node
        self.socket = socket
    }
}

/// What all sockets of a user hear, on every node and in whichever rooms they are.
package enum UserNews: Hashable, Sendable {
    /// The user has got a role in a private room: from another user, or by what they did on another socket.
    case added(room: RoomName, by: User)
    /// - `origin`: the socket that has said so need not hear it.
    case read(ReadPosition, origin: SocketOrigin)
    /// A link to the user was used: they are on another device, too.
    case linked
}
