import ChatModel
import ChatProtocol
import NIOCore

/// What members see of each other besides messages: names, and who is typing.
extension Room {
    func typing(_ ref: ConnectionRef) {
        guard members.isListed(ref), let name = members.name(of: ref) else { return }
        roster.typing(User(id: ref.context.user, name: name))
    }

    /// - `isHere`: renamed in this room, and the user's other sockets follow; otherwise in another one.
    func renamed(_ ref: ConnectionRef, to name: String, isHere: Bool) {
        guard members.rename(ref, to: name) || isHere && members.name(of: ref) != nil, members.isListed(ref) else {
            return
        }
        let user = User(id: ref.context.user, name: name)
        if isHere { roster.renamed(user) } else { roster.signed(user) }
    }

    func showChanges(now: NIODeadline) {
        let changes = roster.tick(now: now)
        show(changes.frames)
        guard !changes.ownNames.isEmpty else { return }
        for ref in refs {
            let user = ref.context.user
            if let name = changes.ownNames[user] { tell(ref, .renamed(user: User(id: user, name: name))) }
        }
    }
}
