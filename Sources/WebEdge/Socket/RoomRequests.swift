import Actors
import ChatModel
import ChatProtocol
import NIOCore
import Sealing

/// Answers the frames of a socket that make rooms or let its user in: what concerns a room before the user is in it
/// (`docs/protocol.md`, section 13).
///
/// Owned by the `SocketSession`, confined to the socket's event loop.
struct RoomRequests {
    unowned let socket: SocketHandler
    let services: SocketServices

    /// - Parameters:
    ///   - rooms: those the user is in.
    ///   - newRooms: counts the rooms that the user makes; `nil`: they may make any number.
    func handle(
        _ request: ClientFrame.RoomRequest, by user: User, in rooms: [RoomName: ConnectionRef],
        counting newRooms: AddressRooms?
    ) throws(FrameError) {
        func ref(of room: RoomName, key: String? = nil) throws(FrameError) -> ConnectionRef {
            guard let ref = rooms[room] else { throw FrameError.notJoined(room, key: key) }
            return ref
        }
        switch request {
        case .create(let room, let title, let key):
            try create(room, title: title, key: key, by: user, counting: newRooms)
        case .roles(let room): try ref(of: room).receive(.roles)
        case .invite(let room, let uses, let seconds, let key):
            try ref(of: room, key: key).receive(.invite(.init(uses: uses, seconds: seconds, key: key)))
        case .inspect(let token, let key): try inspect(token, key: key)
        case .accept(let token, let key): try accept(token, key: key, by: user)
        case .list: list(for: user)
        }
    }

    private func create(
        _ new: ClientFrame.NewRoom, title: String, key: String, by user: User, counting newRooms: AddressRooms?
    ) throws(FrameError) {
        var drafts: [MessageDraft] = []
        func draft(_ change: RoomChange, _ text: String, key: String) {
            let authority: Authority = if case .policy = change { .own } else { .maker }
            drafts.append(
                MessageDraft(
                    user: user.id, name: user.name, text: text, key: key, act: .room(change), authority: authority))
        }
        let name: String
        switch new {
        case .open(let room):
            name = room.description
            draft(.role(.owner, of: user.id, .never), user.name, key: key)
        case .private:
            name = PrivateRoomName.of(user.id.description, key: key)
            draft(.role(.owner, of: user.id, .never), user.name, key: key)
        case .direct(let other):
            guard other.id != user.id else { throw FrameError(.badRequest, "a direct room is for two", key: key) }
            name = PrivateRoomName.of(user.id.description, and: other.id.description)
            draft(.role(.member, of: user.id, .never), user.name, key: key)
            let change = RoomChange.role(.member, of: other.id, .never)
            let name = services.configuration.reservedNames.shown(other.name, for: .room(change))
            draft(change, name, key: key + " with")
        }
        guard let room = RoomName(name) else { throw FrameError(.badRoom, "no valid room name", key: key) }
        if !title.isEmpty, room.kind != .direct { draft(.policy(.title), title, key: key + " title") }
        if let refusal = newRooms?.take(for: room, on: socket.eventLoop) {
            let wait: Int? = refusal.code.errorCode == .unavailable ? 1_000 : refusal.retryAfterMs
            throw FrameError(refusal.code.errorCode, refusal.message, key: key, retryAfterMs: wait)
        }
        publish(drafts, to: room, key: key) { newRooms?.giveBack() }
    }

    /// The room lets the user invite others.
    func invite(_ invitation: RoomInvitation) {
        let endsAt = now + Int64(invitation.seconds)
        let sealed = Invitation(
            room: invitation.room.description, title: invitation.title, inviter: invitation.from.id.description,
            inviterName: invitation.from.name, uses: invitation.uses, endsAt: endsAt)
        guard let token = try? services.invitations.seal(sealed) else {
            return socket.write(.error(FrameError(.unavailable, "try again", key: invitation.key, retryAfterMs: 1_000)))
        }
        socket.write(
            .invitation(
                .init(
                    key: invitation.key, room: invitation.room, title: invitation.title, from: invitation.from,
                    expiresIn: invitation.seconds, token: token)))
    }

    private func inspect(_ token: String, key: String) throws(FrameError) {
        let (invitation, room) = try open(token, key: key)
        socket.write(
            .invitation(
                .init(
                    key: key, room: room, title: invitation.title,
                    from: User(id: UserID(invitation.inviter), name: invitation.inviterName),
                    expiresIn: Int(invitation.endsAt - now), token: nil)))
    }

    private func accept(_ token: String, key: String, by user: User) throws(FrameError) {
        let (invitation, room) = try open(token, key: key)
        let authority = Authority.invitation(
            OpenedInvitation(
                id: invitation.id, uses: invitation.uses, endsAt: invitation.endsAt * 1_000,
                inviter: UserID(invitation.inviter)))
        var draft = MessageDraft(
            user: user.id, name: user.name, text: user.name, key: key,
            act: .room(.role(.member, of: user.id, .never)), authority: authority)
        draft.address = services.tokens.digest(of: socket.client, for: user.id, in: room)
        publish([draft], to: room, key: key)
    }

    private func list(for user: User) {
        services.rooms.rooms(of: user.id, on: socket.eventLoop) { [weak socket] result in
            switch result {
            case .success(let rooms): socket?.write(.rooms(rooms))
            case .failure(let error):
                socket?.write(.error(FrameError(.unavailable, error.message, retryAfterMs: 1_000)))
            }
        }
    }

    private func open(_ token: String, key: String) throws(FrameError) -> (Invitation, RoomName) {
        guard let invitation = services.invitations.open(token, now: now), let room = RoomName(invitation.room) else {
            throw FrameError(.notFound, "the invitation is not valid, or has ended", key: key)
        }
        return (invitation, room)
    }

    /// The first draft decides: the others depend on it. A user who is in the room already may join it, too.
    /// - `onNothingNew`: called if that changed nothing.
    private func publish(
        _ drafts: [MessageDraft], to room: RoomName, key: String, onNothingNew: @escaping @Sendable () -> Void = {}
    ) {
        services.rooms.publish(drafts, to: room, on: socket.eventLoop) { [weak socket] results in
            switch results.first {
            case .success(let receipt) where !receipt.duplicate: break
            default: onNothingNew()
            }
            switch results.first {
            case .success, .failure(RelayError.alreadyIn): socket?.write(.created(key: key, room: room))
            case .failure(let error):
                let wait: Int? = error.code.errorCode == .unavailable ? 1_000 : nil
                socket?.write(.error(FrameError(error.code.errorCode, error.message, key: key, retryAfterMs: wait)))
            case nil: preconditionFailure("a relay answers each draft")
            }
        }
    }

    private var now: Int64 { WallClock.milliseconds() / 1_000 }
}

extension FrameError {
    static func notJoined(_ room: RoomName, key: String?) -> FrameError {
        FrameError(.notJoined, "join the room first", room: room.description, key: key)
    }
}

extension ReservedNames {
    /// The text of an act. The name in one on a guest must not be one that people would trust.
    func shown(_ text: String, for act: MessageAct) -> String {
        guard case .room(.role(_, let user, _)) = act, !user.isAccount else { return text }
        return shown(text)
    }
}
