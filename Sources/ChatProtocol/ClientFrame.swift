package import ChatModel

/// What a client may say in `webchat.v1` (`docs/protocol.md`, section 3), already checked: names, ids and lengths are
/// as promised.
package enum ClientFrame: Hashable, Sendable {
    case hello(token: String?, name: String?)
    /// - `since`: `nil` for a client that has seen nothing. A position that cannot be one of ours is kept as `.foreign`
    ///   so that the answer is `recovered: false` and not silence.
    case join(room: RoomName, since: Since?)
    case leave(room: RoomName)
    case chat(room: RoomName, text: String, key: String)
    /// `edit`, `delete` or `react`.
    /// - `text`: empty but for an edit.
    case act(MessageAct, room: RoomName, text: String, key: String)
    case typing(room: RoomName)
    case rename(name: String)
    case history(room: RoomName, HistoryPart, limit: Int)
    case search(room: RoomName, Search)
    /// The way of a message through the nodes is asked for.
    case trace(room: RoomName, id: MessageID, key: String)
    /// - `at`: the JSON number as it came.
    case ping(at: String?)

    /// Which end of a room's history is asked for.
    package enum HistoryPart: Hashable, Sendable {
        /// The newest before an id; `nil`: of all.
        case before(MessageID?)
        /// The oldest after an id.
        case after(MessageID)
    }

    /// A question for what was said in a room.
    package struct Search: Hashable, Sendable {
        package let query: SearchQuery
        /// Where to begin, going back; `nil`: at the newest.
        package let before: MessageID?
        /// Made by the client, comes back in the answer.
        package let key: String?

        package init(_ query: SearchQuery, before: MessageID?, key: String?) {
            self.query = query
            self.before = before
            self.key = key
        }
    }

    package enum Since: Hashable, Sendable {
        case position(RoomPosition)
        case foreign
    }
}
