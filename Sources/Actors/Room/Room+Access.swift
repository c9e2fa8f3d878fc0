import ChatModel
import ChatProtocol
import NIOCore
import Supervision

/// What a room does by its rules: `docs/protocol.md`, section 13.
extension Room {
    /// Removes those of these members whom the room's rules do not admit. They get what was delivered before.
    func expel(_ refs: [ConnectionRef], at now: Int64) {
        flush()
        for ref in refs {
            guard let refusal = access.refusal(of: ref.context.user, at: now) else { continue }
            fanout.post(to: ref) { ref.expel(refusal) }
            leave(ref)
        }
    }

    /// The log may have other rules than the room.
    func readRules() {
        access.beginRead()
        services.backend.log.read(.rules, of: name, for: .room, on: eventLoop) { result in
            self.enterOnLoop { room in
                let now = room.logTime
                room.access.read(try? result.get(), now: now)
                if !room.isOver { room.expel(room.members.refs, at: now) }
            }
        }
    }

    func invite(_ request: RoomCommand.Invite, by ref: ConnectionRef) {
        guard members.isListed(ref), let name = members.name(of: ref) else { return }
        let user = User(id: ref.context.user, name: name)
        let now = logTime
        if let invitation = access.invitation(to: self.name, by: user, request, at: now) {
            fanout.post(to: ref) { ref.context.outlet.mayInvite(invitation) }
        } else {
            fanout.post(to: ref) {
                ref.context.replies.reject(
                    key: request.key, "only owners and moderators of private rooms invite", as: .forbidden)
            }
        }
    }

    func tellRoles(_ ref: ConnectionRef) {
        if members.isListed(ref) { tell(ref, .roles(access.roles(of: name, at: logTime))) }
    }

    func compareRules(with head: LogHead) {
        if !isOver, head.position == stateMachine.position, access.differs(from: head) { readRules() }
    }

    /// Whoever says the first words in an open room owns it, if they have signed in. The log refuses the claim if there were
    /// others.
    func claim(by ref: ConnectionRef, with drafts: [MessageDraft]) -> MessageDraft? {
        let user = ref.context.user
        guard stateMachine.position == .start, stateMachine.isReady, user.isAccount, name.kind == .open,
            name != .lobby, let first = drafts.first, first.act == nil
        else { return nil }
        return MessageDraft(
            user: user, name: first.name, text: first.name, key: "", act: .room(.role(.owner, of: user, .never)),
            authority: .maker)
    }

    /// Milliseconds since 1970, by the log's clock as far as it is known: roles end by it.
    var logTime: Int64 {
        services.backend.journeys.logTime(of: name).map { $0.microseconds / 1_000 } ?? WallClock.milliseconds()
    }
}
