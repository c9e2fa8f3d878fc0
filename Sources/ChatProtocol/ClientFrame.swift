package import ChatModel

/// A frame a client may send in `webchat.v1` (`docs/protocol.md`, section 3). Names, ids and lengths are valid.
package enum ClientFrame: Hashable, Sendable {
    case hello(token: String?, name: String?)
    /// Another token of the same signed-in user.
    case renew(token: String)
    /// - `since`: `nil` for a client that has seen nothing. A position that cannot be ours is kept as `.foreign`, so
    ///   that the client gets `recovered: false`.
    case join(room: RoomName, since: Since?)
    case leave(room: RoomName)
    /// - `re`: the message that it answers.
    /// - `files`: the sealed tickets of its files.
    case chat(room: RoomName, text: String, key: String, re: MessageID? = nil, files: [String] = [])
    /// Asks where to send a file.
    case upload(FileUpload)
    /// `edit`, `delete`, `react`, `role` or `policy`.
    /// - `text`: of an edit; the user's name for a role; the value of a policy; otherwise empty.
    case act(MessageAct, room: RoomName, text: String, key: String)
    case typing(room: RoomName)
    case rename(name: String)
    case history(room: RoomName, HistoryPart, limit: Int)
    case search(room: RoomName, Search)
    /// Asks for a message's journey through the nodes.
    case trace(room: RoomName, id: MessageID, key: String)
    /// - `at`: the JSON number as sent.
    case ping(at: String?)
    /// About rooms that belong to somebody.
    case rooms(RoomRequest)
    /// About the user's other devices.
    case devices(DeviceRequest)

    /// Which end of a room's history to read.
    package enum HistoryPart: Hashable, Sendable {
        /// The newest messages before an id; `nil`: the newest of all.
        case before(MessageID?)
        /// The oldest messages after an id.
        case after(MessageID)
    }

    /// A search in a room.
    package struct Search: Hashable, Sendable {
        package let query: SearchQuery
        /// Searches backwards from here; `nil`: from the newest message.
        package let before: MessageID?
        /// Chosen by the client, returned in the answer.
        package let key: String?

        package init(_ query: SearchQuery, before: MessageID?, key: String?) {
            self.query = query
            self.before = before
            self.key = key
        }
    }

    package enum RoomRequest: Hashable, Sendable {
        case create(NewRoom, title: String, key: String)
        /// Who has which role.
        case roles(RoomName)
        case invite(RoomName, uses: Int, seconds: Int, key: String)
        case inspect(token: String, key: String)
        case accept(token: String, key: String)
        /// The user's private rooms.
        case list

        package static let uses = 1...1_000
        package static let seconds = 60...2_592_000
        package static let usualSeconds = 604_800
    }

    package enum NewRoom: Hashable, Sendable {
        case open(RoomName)
        case `private`
        /// With another user.
        case direct(User)
    }

    package enum Since: Hashable, Sendable {
        case position(RoomPosition)
        case foreign
    }
}
