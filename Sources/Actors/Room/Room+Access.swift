import ChatModel
import ChatProtocol
import Logging
import NIOCore
import Operations
import Supervision

/// What a room does by its rules: `docs/protocol.md`, section 13.
extension Room {
    /// Removes those of these members whom the room's rules do not admit. They get what was delivered before.
    func expel(_ refs: [ConnectionRef], at now: Int64) {
        flush()
        expel(refs.compactMap { ref in access.refusal(of: ref.context, at: now).map { (ref, $0) } }, at: now)
    }

    private func expel(_ refused: [(ref: ConnectionRef, refusal: RelayError)], at now: Int64) {
        for (ref, refusal) in refused {
            fanout.post(to: ref) { ref.expel(refusal) }
            leave(ref, isRemoved: true)
        }
        banAddresses(of: refused.map(\.ref.context), at: now)
    }

    /// Those who wait and may enter, as far as the room knows.
    func admitted(at now: Int64) -> [ConnectionRef] {
        members.waiting.filter { ref in
            guard access.refusal(of: ref.context, at: now) == nil else { return false }
            return members.isListed(ref) || members.standing(of: ref) == .admitted
                || !access.dependsOnAddress(of: ref.context, at: now)
        }
    }

    /// Of those who wait still, the log is asked: the room may not have heard of their role yet, and does not know from
    /// which addresses nobody may enter.
    func askAboutWaiting() {
        for ref in members.waiting where members.standing(of: ref) == .unknown { askLog(about: ref) }
    }

    private func askLog(about ref: ConnectionRef) {
        members.stands(ref, .asked)
        let reader = LogReader.member(ref.context.user, from: ref.context.addressDigest)
        services.backend.log.read(.head, of: name, for: reader, on: eventLoop) { result in
            self.enterOnLoop { room in
                switch result {
                case .success:
                    room.members.stands(ref, .admitted)
                    if room.access.refusal(of: ref.context, at: room.logTime) != nil { return room.readRules() }
                    room.placeAdmittedSoon()
                case .failure(let error): room.members.stands(ref, error.isRefusal ? .refused(error) : .unknown)
                }
            }
        }
    }

    /// All whom the log admits now, in one step; and not before those who wait have been asked about.
    private func placeAdmittedSoon() {
        guard !isPlacingSoon else { return }
        isPlacingSoon = true
        eventLoop.execute {
            self.enterOnLoop { room in
                room.isPlacingSoon = false
                room.placeAdmitted()
            }
        }
    }

    /// At the room's next tick, whether or not the room is on this node: how long it takes does not tell.
    func expelRefused() {
        for ref in members.waiting {
            switch members.standing(of: ref) {
            case .refused(let refusal): expel([(ref, refusal)], at: logTime)
            // The log did not answer, or has let somebody in whom the rules that were read do not admit any more.
            case .unknown where stateMachine.isReady: askLog(about: ref)
            case .admitted where !access.isReading: askLog(about: ref)
            default: break
            }
        }
    }

    /// So that a guest who is banned does not come back as another one. Every node does this for its own sockets, also
    /// when the guest tries to enter again.
    private func banAddresses(of expelled: [ConnectionContext], at now: Int64) {
        var banned: [UserID: Set<AddressDigest>] = [:]
        for member in expelled where access.isBanned(member.user, at: now) {
            guard let address = member.addressDigest,
                banned[member.user, default: []].count < AddressBanLimits.mostOfGuest
            else { continue }
            banned[member.user, default: []].insert(address)
        }
        for (guest, addresses) in banned {
            for address in addresses { ban(address, becauseOf: guest) }
        }
    }

    /// What is lost is done when the guest comes back.
    private func ban(_ address: AddressDigest, becauseOf guest: UserID) {
        services.backend.addressBans.ban(address, becauseOf: guest, in: name, on: eventLoop) { result in
            self.enterOnLoop { room in
                switch result {
                case .success(true): room.expelGuests(at: address)
                case .success(false): break
                case .failure(let error):
                    room.services.logger.debug(
                        "cannot ban the address of a guest",
                        metadata: [LogKey.roomName: "\(room.name)", LogKey.error: "\(error)"])
                }
            }
        }
    }

    /// The other guests who are here from an address that was banned.
    private func expelGuests(at address: AddressDigest) {
        guard !isOver else { return }
        let now = logTime
        let others = members.refs.filter {
            $0.context.addressDigest == address && access.dependsOnAddress(of: $0.context, at: now)
        }
        flush()
        expel(others.map { ($0, .banned) }, at: now)
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

    func allow(_ upload: FileUpload, by ref: ConnectionRef) {
        let isHere = members.isListed(ref)
        let user = ref.context.user
        let refusal = access.silence(of: user, at: logTime)
        fanout.post(to: ref) {
            if !isHere {
                ref.context.replies.reject(key: upload.key, "join the room first", as: .notJoined)
            } else if let refusal {
                ref.context.replies.reject(key: upload.key, refusal.message, as: refusal.code.errorCode)
            } else {
                ref.context.outlet.mayUpload(upload, by: user)
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

    /// With the guest's address, if the log must decide by it: they have not been let in, or another node may have
    /// banned the address since.
    func signed(_ drafts: [MessageDraft], by ref: ConnectionRef) -> [MessageDraft] {
        guard let address = ref.context.addressDigest,
            !members.isListed(ref) || access.bansGuests && access.dependsOnAddress(of: ref.context, at: logTime)
        else { return drafts }
        return drafts.map { draft in
            var draft = draft
            draft.address = address
            return draft
        }
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
