/// One answer of a search.
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
