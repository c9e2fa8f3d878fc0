package import ChatModel
package import ChatProtocol

/// A frame for one joined room.
package enum RoomCommand: Hashable, Sendable {
    /// - `key`: empty for a plain client.
    case chat(text: String, key: String, plain: PlainForm?)
    /// - `text`: empty except for an edit.
    case act(MessageAct, text: String, key: String)
    case typing
    /// Asks for a message's journey through the nodes.
    case trace(MessageID, key: String)
    case history(ClientFrame.HistoryPart, limit: Int)
    case search(ClientFrame.Search)
    /// The user was renamed on this socket.
    case rename(name: String)

    /// The key of the answer. `nil`: the answer has none, or there is no answer.
    var key: String? {
        switch self {
        case .chat(_, let key, _), .act(_, _, let key): key.isEmpty ? nil : key
        case .trace(_, let key): key
        case .search(let search): search.key
        case .typing, .history, .rename: nil
        }
    }

    /// Whether the client waits for an answer.
    var isAnswered: Bool {
        switch self {
        case .chat, .act: key != nil
        case .trace, .search, .history: true
        case .typing, .rename: false
        }
    }
}
