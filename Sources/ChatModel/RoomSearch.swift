package import NIOCore

/// Finds messages in the rooms' logs. Same rules as `RoomLog`: called on `eventLoop`, returns at once, completes exactly
/// once on that loop.
package protocol RoomSearch: Sendable {
    /// Searches backwards from `before`, or from the newest message, until it has found or examined enough.
    /// - Parameter address: the client's; each address gets a share of the concurrent searches.
    func search(
        for query: SearchQuery, before: MessageID?, in room: RoomName, by address: String, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<SearchPage, RelayError>) -> Void)
}

package struct SearchPage: Hashable, Sendable {
    package static let maximumMessages = 50

    /// Epoch and head of the log when the search began.
    package let position: RoomPosition
    /// Matches, oldest first, with their acts applied.
    package let messages: [ChatMessage]
    /// How far back it searched: the id to continue from. `nil`: there was nothing to search.
    package let reached: MessageID?
    /// Whether there is more to search.
    package let more: Bool

    package init(position: RoomPosition, messages: [ChatMessage], reached: MessageID?, more: Bool) {
        self.position = position
        self.messages = messages
        self.reached = reached
        self.more = more
    }
}
