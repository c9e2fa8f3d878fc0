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
            if let refusal = access.refusal(of: ref.context, at: now) { expel(ref, refusal) }
        }
    }

    /// Those who wait and may enter. Of the others the log is asked: the room may not have heard of their role yet.
    func admitted(at now: Int64) -> [ConnectionRef] {
        members.waiting.filter { ref in
            if access.refusal(of: ref.context, at: now) == nil { return true }
            if members.standing(of: ref) == .unknown { askLog(about: ref) }
            return false
        }
    }

    private func askLog(about ref: ConnectionRef) {
        members.stands(ref, .asked)
        services.backend.log.read(.head, of: name, for: .member(ref.context.user), on: eventLoop) { result in
            self.enterOnLoop { room in
                switch result {
                case .success:
                    room.members.stands(ref, .admitted)
                    room.readRules()
                case .failure(let error): room.members.stands(ref, error.isRefusal ? .refused(error) : .unknown)
                }
            }
        }
    }

    /// At the room's next tick, whether or not the room is on this node: how long it takes does not tell.
    func expelRefused() {
        for ref in members.waiting {
            switch members.standing(of: ref) {
            case .refused(let refusal): expel(ref, refusal)
            // The log did not answer, or has let somebody in whom the rules that were read do not admit any more.
            case .unknown where stateMachine.isReady && access.refusal(of: ref.context, at: logTime) != nil:
                askLog(about: ref)
            case .admitted where !access.isReading: askLog(about: ref)
            default: break
            }
        }
    }

    private func expel(_ ref: ConnectionRef, _ refusal: RelayError) {
        let until = access.end(of: ref.context.user)
        fanout.post(to: ref) { ref.expel(refusal, until: until) }
        leave(ref, isRemoved: true)
    }

    /// The log may have other rules than the room.
    func readRules() {
        access.beginRead()
        services.backend.log.read(.rules, of: name, for: .room, on: eventLoop) { result in
            self.enterOnLoop { room in
                guard !room.isOver else { return }
                let now = room.logTime
                let isNew = room.access.read(try? result.get(), in: room.stateMachine.position.epoch, now: now)
                room.expel(room.members.refs.filter { room.members.isListed($0) }, at: now)
                // Entries that would tell them were skipped.
                for ref in room.members.refs where isNew && room.members.isListed(ref) {
                    room.tell(ref, room.access.news(in: room.name, for: ref.context.user, at: now))
                }
                room.placeAdmitted()
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

    /// A signed-in user whose message is the first of an open room owns it. The log refuses the claim if it was not the
    /// first.
    func claim(by ref: ConnectionRef, with drafts: [MessageDraft]) -> MessageDraft? {
        let user = ref.context.user
        guard stateMachine.position == .start, stateMachine.isReady, user.isAccount, name.kind == .open,
            name != .lobby, let first = drafts.first, first.act == nil
        else { return nil }
        return MessageDraft(
            user: user, name: first.name, text: first.name, key: "", act: .room(.role(.owner, of: user, .never)),
            authority: .maker)
    }

    /// What counts the room, if these messages may be its first.
    func newRooms(of ref: ConnectionRef, for drafts: [MessageDraft]) -> (any RoomAllowance)? {
        guard stateMachine.position == .start, name.kind == .open, name != .lobby,
            drafts.contains(where: { $0.act == nil }), !publisher.isOpening
        else { return nil }
        return ref.context.newRooms
    }

    /// Milliseconds since 1970, by the log's clock as far as it is known: roles end by it.
    var logTime: Int64 {
        services.backend.journeys.logTime(of: name).map { $0.microseconds / 1_000 } ?? WallClock.milliseconds()
    }
}
