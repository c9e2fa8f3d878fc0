package import ChatModel

/// Rooms that were made for the clients of a crowd, each of which belongs to one of them: see `RoomMaker`.
package struct CrowdRooms: Sendable {
    struct Entry: Sendable {
        let room: RoomName
        let user: UserID
        let key: String
    }

    package internal(set) var names: [RoomName] = []
    /// The client to whom each room belongs.
    var owners: [Int] = []
    /// With which each client is the same user again.
    var tokens: [String?] = []
    /// What the log has of the making.
    var entries: [Entry] = []

    /// Why rooms cannot be made, and what to do.
    package struct Refusal: Error, CustomStringConvertible {
        package let description: String
    }
}
