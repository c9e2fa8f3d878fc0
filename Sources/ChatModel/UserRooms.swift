package import NIOCore

/// The private rooms of each user, so that they are found on every device. The rooms' rules decide who may enter; this
/// only lists them, and may be behind.
package protocol UserRooms: Sendable {
    /// At most `UserRoomList.most`, newest first. Same rules as `RoomLog.read`.
    func rooms(
        of user: UserID, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<[RoomName], RelayError>) -> Void)
}

package enum UserRoomList {
    package static let most = 200
}

/// A user may invite others to a private room: what the sealed link is to say.
package struct RoomInvitation: Hashable, Sendable {
    package let room: RoomName
    package let title: String
    package let from: User
    /// How many users it admits.
    package let uses: Int
    /// How long it is valid.
    package let seconds: Int
    /// Of the request.
    package let key: String

    package init(room: RoomName, title: String, from: User, uses: Int, seconds: Int, key: String) {
        self.room = room
        self.title = title
        self.from = from
        self.uses = uses
        self.seconds = seconds
        self.key = key
    }
}
