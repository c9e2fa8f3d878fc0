import ChatModel
import CoreMetrics
import Logging
import NIOCore
import Supervision
import Synchronization

/// Who comes, who goes, and whose actor is replaced.
extension Room {
    var refs: [ConnectionRef] { members.values.map(\.ref) }

    func join(_ ref: ConnectionRef, as user: User) {
        let policy = RestartPolicy(services.limits.connectionRestarts, then: .stop)
        let waitsUntil = ref.context.mode == .v1 ? NIODeadline.now() + services.limits.joinPatience : nil
        members[ObjectIdentifier(ref)] = Member(ref: ref, name: user.name, policy: policy, waitsUntil: waitsUntil)
        shard.status.members.add(1, ordering: .relaxed)
        emptySince = nil
        perform(presence.connected(user, now: .now()))
        place(ref)
    }

    /// Tells a newcomer, or the actor that has taken over for a member, where the room stands; when it knows.
    private func place(_ ref: ConnectionRef) {
        if stateMachine.isReady {
            admit(ref, at: stateMachine.position)
        } else if !waiting.contains(where: { $0 === ref }) {
            waiting.append(ref)
        }
    }

    /// In one step: everything up to the position is in the log, everything after it will be delivered.
    private func admit(_ ref: ConnectionRef, at position: RoomPosition) {
        flush()
        members[ObjectIdentifier(ref)]?.waitsUntil = nil
        fanout.add(ref)
        let roster = presence.roster
        fanout.post(to: ref) { ref.joined(at: position, roster) }
    }

    func admitWaiting(at position: RoomPosition) {
        let refs = waiting
        waiting = []
        for ref in refs where members[ObjectIdentifier(ref)] != nil { admit(ref, at: position) }
    }

    /// The room still does not know where it stands.
    func turnAwayWhoHasWaited(now: NIODeadline) {
        for ref in waiting where members[ObjectIdentifier(ref)]?.waitsUntil.map({ $0 <= now }) ?? false {
            leave(ref)
            fanout.post(to: ref) { ref.turnAway() }
        }
    }

    func leave(_ ref: ConnectionRef) {
        guard members.removeValue(forKey: ObjectIdentifier(ref)) != nil else { return }
        shard.status.members.subtract(1, ordering: .relaxed)
        waiting.removeAll { $0 === ref }
        fanout.remove(ref)
        perform(presence.disconnected(ref.context.user, now: .now()))
    }

    /// The room is given up, and its members' sockets with it: nobody is here any more.
    func dismissEverybody() {
        perform(presence.everybodyGone())
    }

    // MARK: Supervision

    func connectionFailed(_ ref: ConnectionRef, _ failure: Connection.Failure) {
        guard var member = members[ObjectIdentifier(ref)] else { return }
        logger.warning(
            "connection failed",
            metadata: [LogKey.connectionID: "\(ref.context.socket)", LogKey.error: "\(failure.error)"])
        let now = ContinuousClock.now
        let decision = member.policy.failed(now: now)
        shard.status.failed("connection \(ref.context.socket) in \(name)", failure.error, at: now, decision)
        guard case .restart = decision else {
            services.metrics.connectionEscalations.increment()
            fanout.post(to: ref) { ref.giveUp() }
            return
        }
        services.metrics.connectionRestarts.increment()
        if case .message(let id) = failure.culprit {
            if member.stumbledOn == id { member.skipped.insert(id) }
            member.stumbledOn = id
        }
        members[ObjectIdentifier(ref)] = member
        let stateMachine = ConnectionStateMachine(
            room: name, mode: ref.context.mode, since: ref.context.since, limits: services.limits,
            resuming: failure.resumePoint, skipping: member.skipped)
        let successor = Connection(ref: ref, name: failure.name, stateMachine: stateMachine)
        fanout.post(to: ref) { ref.replace(with: successor) }
        place(ref)
    }

    // MARK: Presence, typing, names

    func typing(_ ref: ConnectionRef) {
        let user = ref.context.user
        let now = NIODeadline.now()
        guard !presence.isLarge, let name = members[ObjectIdentifier(ref)]?.name,
            lastTyping[user].map({ $0 + Self.typingPause <= now }) ?? true
        else { return }
        lastTyping[user] = now
        services.relay.signal(.typing(User(id: user, name: name)), to: self.name, on: eventLoop)
    }

    func renamed(_ ref: ConnectionRef, to name: String) {
        guard members[ObjectIdentifier(ref)] != nil else { return }
        members[ObjectIdentifier(ref)]?.name = name
        let user = User(id: ref.context.user, name: name)
        perform(presence.renamed(user))
        services.relay.signal(.renamed(user), to: self.name, on: eventLoop)
    }

    func hear(_ signal: RoomSignal) {
        switch signal {
        case .typing(let user):
            show(.typing(room: name, user: user), except: user.id)
        case .renamed(let user):
            perform(presence.renamed(user))
            show(.renamed(user: user))
        case .presence(let node, let joined, let left):
            services.membership.heard(node)
            presence.heard(
                from: node, isPresent: services.membership.isPresent(node), joined: joined, left: left, now: .now())
        case .asked(let question): answer(question)
        case .answered(let answer): hear(answer)
        }
    }

    /// Who died takes its members along, and who turns out to live brings them back. A new life of this node's own says
    /// again whom it has.
    func membershipChanged() {
        guard !isOver else { return }
        perform(presence.membershipChanged(isPresent: services.membership.isPresent(_:), now: .now()))
        let own = services.membership.own
        guard own != storedAs else { return }
        storedAs = own
        perform(presence.restated())
    }

    func perform(_ actions: [RoomPresence.Action]) {
        for action in actions {
            switch action {
            case .store(let changes, let joined, let left):
                let signal = RoomSignal.presence(node: services.membership.own, joined: joined, left: left)
                let isNews = !joined.isEmpty || !left.isEmpty
                services.presence.update(changes, in: name, announcing: isNews ? signal : nil, on: eventLoop)
            case .show(let presence):
                show(.presence(presence))
            }
        }
    }

    private func show(_ frame: ServerFrame, except user: UserID? = nil) {
        guard fanout.v1Count > 0 else { return }
        var frames = ByteBuffer()
        FrameEncoder.text(frame, into: &frames)
        fanout.fanOut(frames, except: user)
    }

    func readPresence() {
        presence.beginRead()
        services.presence.read(name, on: eventLoop) { result in
            self.assumeIsolated { room in
                guard !room.isOver else { return }
                switch result {
                case .success(let nodes):
                    let view = room.services.membership
                    room.perform(room.presence.read(nodes, isPresent: view.isPresent(_:)))
                case .failure:
                    room.presence.readFailed()
                }
            }
        }
    }

    // MARK: Comparing with the log

    /// Compares the position with the log's head: a lost last message shows no gap.
    /// - `urgent`: the subscription was interrupted.
    /// - `done`: called once, whatever comes of it.
    func check(urgent: Bool, done: @escaping @Sendable () -> Void) {
        let asked = stateMachine.position
        isChecking = true
        services.log.read(.head, of: name, on: eventLoop) { result in
            self.assumeIsolated { room in
                room.isChecking = false
                if !room.isOver { room.compare(result, asked: asked, urgent: urgent) }
            }
            done()
        }
    }

    private func compare(_ result: Result<LogPage, RelayError>, asked: RoomPosition, urgent: Bool) {
        let now = NIODeadline.now()
        let limits = services.limits
        guard case .success(let page) = result else {
            if urgent { shard.checkAgain(name) } else { nextCheck = now + limits.activeCheck }
            return
        }
        switch stateMachine.compared(with: page.head, asked: asked, urgent: urgent) {
        case .level:
            nextCheck = now + (lastActive + .seconds(60) > now ? limits.activeCheck : limits.quietCheck)
        case .suspect:
            nextCheck = now + .seconds(1)
        case .fill:
            services.metrics.gaps.increment()
            perform([RoomStateMachine.Action.fill])
            nextCheck = now + limits.activeCheck
        }
    }
}
