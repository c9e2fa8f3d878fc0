import ChatModel

/// A message as somebody shows it who keeps to the rules of `docs/protocol.md`, section 10: as a page gave it, or as it was
/// heard, and then as the acts upon it have made it.
///
/// The order of reactions is left out: where one is taken back and given again, and a page knew of it already, those who
/// had the page and those who heard it live show it at different places.
struct ShownMessage: Hashable, Sendable, CustomStringConvertible {
    let id: MessageID
    let author: UserID
    private(set) var text: String
    /// The last edit.
    private(set) var edited: MessageID?
    private(set) var isDeleted = false
    private(set) var reactions: [String: Set<UserID>] = [:]

    init(_ message: ChatMessage) {
        id = message.id
        author = message.user
        text = message.text
        switch message.state {
        case nil: break
        case .deleted: isDeleted = true
        case .changed(let edited, let reactions):
            self.edited = edited
            self.reactions = Dictionary(reactions.map { ($0.emoji, Set($0.users)) }) { $0.union($1) }
        }
    }

    /// - Parameter entry: of the log; one that is no act changes nothing.
    mutating func apply(_ entry: ChatMessage) {
        guard let act = entry.act, !isDeleted else { return }
        switch act {
        case .edit:
            if let edited, edited >= entry.id { return }
            edited = entry.id
            text = entry.text
        case .delete:
            text = ""
            edited = nil
            reactions = [:]
            isDeleted = true
        case .react(_, let emoji, on: true):
            reactions[emoji, default: []].insert(entry.user)
        case .react(_, let emoji, on: false):
            reactions[emoji]?.remove(entry.user)
            if reactions[emoji]?.isEmpty == true { reactions[emoji] = nil }
        }
    }

    var description: String {
        if isDeleted { return "\(id), deleted" }
        let edit = edited.map { ", edited by \($0)" } ?? ""
        let who = reactions.sorted { $0.key < $1.key }.map { "\($0.key) × \($0.value.count)" }.joined(separator: " ")
        return "\(id) “\(text.prefix(40))”\(edit)\(who.isEmpty ? "" : ", \(who)")"
    }
}
