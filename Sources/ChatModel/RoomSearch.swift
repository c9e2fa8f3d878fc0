package import NIOCore

/// Finds messages in the rooms' logs. Same rules as `RoomLog`: called on `eventLoop`, returns at once, completes exactly
/// once on that loop.
package protocol RoomSearch: Sendable {
    /// Goes back from `before`, or from the newest message, until enough is found or enough was looked at.
    /// - Parameter address: the client's, which has a part of the searches at one time.
    func search(
        for query: SearchQuery, before: MessageID?, in room: RoomName, by address: String, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<SearchPage, RelayError>) -> Void)
}

package struct SearchPage: Hashable, Sendable {
    package static let maximumMessages = 50

    /// Epoch and head of the log when the search began.
    package let position: RoomPosition
    /// What was found, oldest first, as it is by now.
    package let messages: [ChatMessage]
    /// How far back it has looked: the id to go on from. `nil`: there was nothing to look at.
    package let reached: MessageID?
    /// Whether there is more to look at.
    package let more: Bool

    package init(position: RoomPosition, messages: [ChatMessage], reached: MessageID?, more: Bool) {
        self.position = position
        self.messages = messages
        self.reached = reached
        self.more = more
    }
}
