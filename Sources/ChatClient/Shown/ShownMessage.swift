import ChatModel

/// A message as a client that follows `docs/protocol.md`, section 10, shows it: as it arrived on a page or live, with
/// the acts on it applied.
///
/// The order of reactions is ignored: if one is removed and added again, clients that got it from a page show it
/// elsewhere than those that saw it live.
struct ShownMessage: Hashable, Sendable, CustomStringConvertible {
    let id: MessageID
    let author: UserID
    private(set) var text: String
    /// The message that it answers.
    private(set) var re: MessageID?
    /// The last edit.
    private(set) var edited: MessageID?
    private(set) var isDeleted = false
    private(set) var reactions: [String: Set<UserID>] = [:]

    init(_ message: ChatMessage) {
        id = message.id
        author = message.user
        text = message.text
        re = message.re
        switch message.state {
        case nil: break
        case .deleted: isDeleted = true
        case .changed(let edited, let reactions):
            self.edited = edited
            self.reactions = Dictionary(reactions.map { ($0.emoji, Set($0.users)) }) { $0.union($1) }
        }
    }

    /// - Parameter entry: a log entry; one that is not an act changes nothing.
    mutating func apply(_ entry: ChatMessage) {
        guard let act = entry.act, !isDeleted else { return }
        switch act {
        case .edit:
            // An empty text means that a later edit or the deletion follows.
            if entry.text.isEmpty { return }
            if let edited, edited >= entry.id { return }
            edited = entry.id
            text = entry.text
        case .delete:
            text = ""
            re = nil
            edited = nil
            reactions = [:]
            isDeleted = true
        case .react(_, let emoji, on: true):
            reactions[emoji, default: []].insert(entry.user)
        case .react(_, let emoji, on: false):
            reactions[emoji]?.remove(entry.user)
            if reactions[emoji]?.isEmpty == true { reactions[emoji] = nil }
        case .room, .other: break
        }
    }

    var description: String {
        if isDeleted { return "\(id), deleted" }
        let edit = edited.map { ", edited by \($0)" } ?? ""
        let who = reactions.sorted { $0.key < $1.key }.map { "\($0.key) × \($0.value.count)" }.joined(separator: " ")
        let answered = re.map { ", in reply to \($0)" } ?? ""
        return "\(id) “\(text.prefix(40))”\(answered)\(edit)\(who.isEmpty ? "" : ", \(who)")"
    }
}
