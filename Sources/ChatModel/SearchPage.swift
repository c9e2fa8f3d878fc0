/// One answer of a search.
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
