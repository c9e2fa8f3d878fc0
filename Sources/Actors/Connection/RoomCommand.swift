package import ChatModel
package import ChatProtocol

/// A frame for one joined room.
package enum RoomCommand: Hashable, Sendable {
    /// - `key`: empty for a plain client.
    /// - `re`: the message that it answers.
    case chat(text: String, key: String, plain: PlainForm?, re: MessageID? = nil, files: [SharedFile] = [])
    /// - `text`: of the entry.
    /// - `isOperator`: whether the user is one of the whole chat.
    case act(MessageAct, text: String, key: String, isOperator: Bool = false)
    case typing
    /// Asks for a message's journey through the nodes.
    case trace(MessageID, key: String)
    case history(ClientFrame.HistoryPart, limit: Int)
    case search(ClientFrame.Search)
    /// Asks who has which role.
    case roles
    case invite(Invite)
    /// Asks whether the user may send a file.
    case upload(FileUpload)
    /// The user was renamed on this socket.
    case rename(name: String)

    /// Asks for an invitation: how many users it admits, and for how many seconds.
    package struct Invite: Hashable, Sendable {
        package let uses: Int
        package let seconds: Int
        package let key: String

        package init(uses: Int, seconds: Int, key: String) {
            self.uses = uses
            self.seconds = seconds
            self.key = key
        }
    }

    /// The key of the answer. `nil`: the answer has none, or there is no answer.
    var key: String? {
        switch self {
        case .chat(_, let key, _, _, _), .act(_, _, let key, _): key.isEmpty ? nil : key
        case .trace(_, let key): key
        case .search(let search): search.key
        case .invite(let invite): invite.key
        case .upload(let upload): upload.key
        case .typing, .history, .roles, .rename: nil
        }
    }

    /// Whether the client waits for an answer.
    var isAnswered: Bool {
        switch self {
        case .chat, .act: key != nil
        case .trace, .search, .history, .roles, .invite, .upload: true
        case .typing, .rename: false
        }
    }
}
