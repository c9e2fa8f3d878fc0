import ChatModel
import ChatProtocol
import CoreMetrics
import NIOCore
import Supervision
import Synchronization

/// One room on one node: publishes its members' messages, puts what the relay delivers in order, and fans it out.
///
/// ```
///   Connection ─ submit ─▶ Room ─ publish ─▶ Relay ┄▶ every node
///   Connection ◀─ fan out ─ Room ◀─ deliver ─ Relay ◀┄
/// ```
///
/// Pinned to one event loop, chosen by the room's name, and entered there synchronously by its `RoomShard`, which
/// supervises it. Supervises its members' `Connection` actors. Each part keeps its own state. Nothing suspends.
package actor Room {
    package nonisolated let unownedExecutor: UnownedSerialExecutor
    nonisolated let name: RoomName
    nonisolated let eventLoop: any EventLoop
    private let shard: RoomShard
    let services: RoomServices

    var stateMachine: RoomStateMachine
    var members: RoomMembers
    var fanout: RoomFanout
    var roster: RoomRoster
    var access: RoomAccess
    private var headCheck: HeadCheck
    var journeys: RoomJourneys
    let publisher: RoomPublisher

    /// Frames of this tick that are not fanned out yet.
    private var batch = LiveBatch()

    var isPlacingSoon = false
    private var emptySince: NIODeadline?
    private var retryAt: NIODeadline?
    private(set) var isOver = false

    /// - `predecessor`: the failed room, whose members, position and roster this one takes over.
    init(name: RoomName, shard: RoomShard, services: RoomServices, successorOf predecessor: Inheritance? = nil) {
        self.name = name
        self.shard = shard
        self.eventLoop = shard.eventLoop
        self.unownedExecutor = shard.unownedExecutor
        self.services = services
        let limits = services.limits
        let now = NIODeadline.now()
        self.stateMachine = RoomStateMachine(inherited: predecessor?.position, bufferLimit: limits.fillBufferMessages)
        self.members = predecessor?.members ?? RoomMembers(room: name, services: services, status: shard.status)
        self.fanout = RoomFanout(mailboxLimit: limits.fanOutMailboxLimit, metrics: services.metrics)
        self.roster = predecessor?.roster ?? RoomRoster(room: name, services: services, eventLoop: shard.eventLoop)
        self.access = predecessor?.access ?? RoomAccess(of: name)
        self.headCheck = HeadCheck(limits: limits, now: now)
        let journeys = RoomJourneys(room: name, services: services)
        self.journeys = journeys
        self.publisher =
            predecessor?.publisher
            ?? RoomPublisher(
                room: name, on: shard.eventLoop, services: services, status: shard.status, times: journeys.times)
        publisher.times = journeys.times
        if members.isEmpty { self.emptySince = now }
        for ref in members.placed { fanout.add(ref) }
        services.metrics.rooms.increment()
    }

    deinit { services.metrics.rooms.decrement() }

    /// What a successor takes over.
    struct Inheritance: Sendable {
        let members: RoomMembers
        let publisher: RoomPublisher
        var roster: RoomRoster
        let access: RoomAccess
        let position: RoomPosition?
    }

    /// Stops the failed room. What it accepted is still fanned out.
    func end() -> Inheritance {
        flush()
        for reply in journeys.endAll() { tell(reply) }
        isOver = true
        roster.dropRead()
        access.dropRead()
        members.dropAnswers()
        return Inheritance(
            members: members, publisher: publisher, roster: roster, access: access,
            position: stateMachine.knownPosition)
    }

    /// A successor makes every member compare its position with the log: the failed room's state is not trusted.
    func start() {
        fanout.realign(to: stateMachine.position)
        services.backend.relay.subscribe(to: name, on: eventLoop) {
            self.enterOnLoop { room in
                room.advance { machine throws(InvariantBroken) in try machine.subscribed() }
            }
        }
    }

    // MARK: Members

    var refs: [ConnectionRef] { members.refs }

    func join(_ ref: ConnectionRef, as user: User) {
        members.add(ref, name: user.name)
        emptySince = nil
        place(ref)
    }

    /// Tells a newcomer, or a member's new actor, the room's position as soon as it is known.
    private func place(_ ref: ConnectionRef) {
        members.wait(ref)
        placeAdmitted()
    }

    /// Those who wait and may enter, if the room knows its position.
    func placeAdmitted() {
        guard stateMachine.isReady, !members.waiting.isEmpty else { return }
        attempt { () throws(InvariantBroken) in try placeWaiting(at: stateMachine.position) }
    }

    /// In one step: everything up to the position is in the log, everything after it will be delivered.
    private func placeWaiting(at position: RoomPosition) throws(InvariantBroken) {
        flush()
        let now = access.isRuled ? logTime : 0
        let admitted = access.isRuled ? admitted(at: now) : members.waiting
        // Members do not hear of users who are refused.
        for user in members.list(admitted) { roster.connected(user) }
        var roster = try roster.roster(for: admitted.lazy.map(\.context.user))
        for ref in admitted {
            roster.rules = access.shown(to: ref.context.user, at: now)
            fanout.add(ref)
            fanout.post(to: ref) { [roster] in ref.joined(at: position, roster) }
        }
        members.placed(admitted)
        if access.isRuled { askAboutWaiting() }
    }

    /// - `isRemoved`: by the room's rules.
    func leave(_ ref: ConnectionRef, isRemoved: Bool = false) {
        let wasListed = members.isListed(ref)
        guard members.remove(ref) else { return }
        fanout.remove(ref)
        guard wasListed else { return }
        attempt { () throws(InvariantBroken) in try roster.disconnected(ref.context.user, atOnce: isRemoved) }
    }

    func connectionFailed(_ ref: ConnectionRef, _ failure: Connection.Failure) {
        switch members.failed(ref, failure) {
        case nil: break
        case .giveUp: fanout.post(to: ref) { ref.giveUp() }
        case .successor(let successor):
            fanout.post(to: ref) { ref.replace(with: successor) }
            place(ref)
        }
    }

    // MARK: From members to the relay

    func submit(_ drafts: [MessageDraft], from ref: ConnectionRef, received: NIODeadline) {
        headCheck.becameActive(at: .now())
        let claim = claim(by: ref, with: drafts)
        let newRooms = newRooms(of: ref, for: drafts)
        if let refusal = newRooms?.take(for: name, on: eventLoop) {
            // A room that is there already can be written to in a moment.
            return publisher.refuse(drafts, from: ref, received: received, stateMachine.isReady ? refusal : .opening)
        }
        publisher.submit(
            claim.map { [$0] + drafts } ?? signed(drafts, by: ref), from: ref, received: received,
            countingNew: newRooms)
    }

    // MARK: From the relay

    func deliver(_ events: [LiveEvent]) {
        attempt { () throws(InvariantBroken) in
            for event in events {
                switch event {
                case .message(let message, let epoch, let origin): try hear(message, epoch, origin)
                case .signal(let signal): hear(signal)
                }
            }
        }
    }

    private func hear(_ signal: RoomSignal) {
        switch signal {
        case .typing(let user): show([.typing(room: name, user: user)], except: user.id)
        case .renamed(let user):
            roster.heard(name: user)
            for ref in members.adopt(user) { fanout.post(to: ref) { ref.renamed(to: user.name) } }
        case .named(let user): roster.heard(name: user)
        case .presence(let node, let joined, let left): roster.heard(from: node, joined: joined, left: left)
        case .asked(let question): journeys.answer(question, on: eventLoop)
        case .answered(let answer): tell(journeys.heard(answer))
        case .deleted:
            flush()
            show([.deleted(room: name)])
            shard.checkAgain(name)
        }
    }

    private func hear(_ message: ChatMessage, _ epoch: Epoch, _ origin: String) throws(InvariantBroken) {
        let metrics = services.metrics
        metrics.heard(message, isOwn: origin == services.nodeName)
        headCheck.becameActive(at: .now())
        switch stateMachine.heard(message, epoch: epoch) {
        case .deliver: try append(message, epoch)
        case .duplicate: metrics.heardTwice.increment()
        case .wait: metrics.heardLate.increment()
        case .fill: try fill()
        }
    }

    private func fill() throws(InvariantBroken) {
        services.metrics.gaps.increment()
        try perform(.fill)
    }

    /// For supervision tests and `/dev/faults`: an unrequested read, which breaks an invariant.
    package func sabotage() {
        attempt { () throws(InvariantBroken) in try perform(.fill) }
    }

    // MARK: Acting

    /// A broken invariant ends this actor; its successor is in place when this returns.
    private func attempt(_ work: () throws(InvariantBroken) -> Void) {
        guard !isOver else { return }
        do {
            try work()
        } catch {
            shard.roomFailed(self, error)
        }
    }

    /// Feeds an event to the state machine and performs its actions.
    private func advance(_ event: (inout RoomStateMachine) throws(InvariantBroken) -> [RoomStateMachine.Action]) {
        attempt { () throws(InvariantBroken) in
            for action in try event(&stateMachine) { try perform(action) }
        }
    }

    private func perform(_ action: RoomStateMachine.Action) throws(InvariantBroken) {
        switch action {
        case .readHead:
            read(.rules) { machine, page throws(InvariantBroken) in try machine.headRead(page.head) }
        case .ready(let position): try placeWaiting(at: position)
        case .deliver(let message, let epoch): try append(message, epoch)
        case .fill:
            let range = LogRange.forward(
                after: stateMachine.position.id, through: nil, limit: services.limits.pageLength)
            read(range) { machine, page throws(InvariantBroken) in try machine.filled(by: page) }
        case .realign:
            flush()
            access.skipped(to: stateMachine.position)
            fanout.realign(to: stateMachine.position)
        }
    }

    private func read(
        _ range: LogRange,
        then handle:
            @escaping @Sendable (inout RoomStateMachine, LogPage) throws(InvariantBroken) ->
            [RoomStateMachine.Action]
    ) {
        services.backend.log.read(range, of: name, for: .room, on: eventLoop) { result in
            self.enterOnLoop { room in
                guard !room.isOver else { return }
                switch result {
                case .success(let page):
                    if range == .rules { room.access.read(page, in: page.head.position.epoch, now: room.logTime) }
                    room.advance { machine throws(InvariantBroken) in try handle(&machine, page) }
                    room.compareRules(with: page.head)
                case .failure: room.retryAt = .now() + .milliseconds(.random(in: 500...1_500))
                }
            }
        }
    }

    // MARK: Fan out

    /// Adds a message to this tick's batch.
    private func append(_ message: ChatMessage, _ epoch: Epoch) throws(InvariantBroken) {
        services.metrics.heard.increment()
        if !batch.admits(epoch) { flush() }
        if batch.isEmpty { eventLoop.execute { self.enterOnLoop { $0.flush() } } }
        try batch.append(message, in: name, epoch, v1: fanout.v1Count > 0, plain: fanout.plainCount > 0)
        guard message.act != nil, let user = access.heard(message) else { return }
        flush()
        expel(members.refs.filter { $0.context.user == user }, at: logTime)
    }

    /// Fans out the batch to every loop with members.
    func flush() {
        guard !batch.isEmpty else { return }
        let (v1, plain, ids, heard) = batch.take()
        let times = journeys.times.batch(ids, heard: heard)
        fanout.fanOut(
            v1: fanout.v1Count > 0 ? v1 : nil, plain: fanout.plainCount > 0 ? plain : nil,
            through: stateMachine.position
        ) { sockets in times.written(to: sockets, at: .now()) }
    }

    /// For frames that may be lost, such as presence.
    func show(_ frames: [ServerFrame], except user: UserID? = nil) {
        guard !frames.isEmpty, fanout.v1Count > 0 else { return }
        var buffer = ByteBuffer()
        for frame in frames { FrameEncoder.text(frame, into: &buffer) }
        fanout.fanOut(buffer, except: user)
    }

    // MARK: The other nodes and the log

    func membershipChanged() {
        if !isOver { show(roster.membershipChanged()) }
    }

    func readRosterSoon() { roster.readSoon() }

    private func readRoster() {
        services.backend.presence.read(name, on: eventLoop) { result in
            self.enterOnLoop { room in
                room.attempt { () throws(InvariantBroken) in room.show(try room.roster.read(try? result.get())) }
            }
        }
    }

    /// Compares the position with the log's head.
    /// - `urgent`: something was certainly missed.
    /// - `done`: called exactly once.
    func check(urgent: Bool, done: @escaping @Sendable () -> Void) {
        let asked = stateMachine.position
        headCheck.begin()
        services.backend.log.read(.head, of: name, for: .room, on: eventLoop) { result in
            self.enterOnLoop { room in
                if !room.isOver { room.compare(try? result.get(), asked: asked, urgent: urgent) }
            }
            done()
        }
    }

    private func compare(_ page: LogPage?, asked: RoomPosition, urgent: Bool) {
        let verdict = page.map { stateMachine.compared(with: $0.head, asked: asked, urgent: urgent) }
        headCheck.end(verdict, at: .now())
        if verdict == nil, urgent { shard.checkAgain(name) }
        if verdict == .fill { attempt(fill) }
        if let head = page?.head { compareRules(with: head) }
    }

    func tell(_ ref: ConnectionRef, _ frame: ServerFrame) {
        fanout.post(to: ref) { ref.context.replies.tell(frame) }
    }

    // MARK: Time

    /// What a room needs from its shard.
    enum Need { case nothing, check, retire }

    /// Called by the shard four times a second.
    func tick(now: NIODeadline) -> Need {
        if let retryAt, retryAt <= now {
            self.retryAt = nil
            advance { machine throws(InvariantBroken) in try machine.readFailed() }
        }
        guard !isOver else { return .nothing }
        if access.isRuled { expelRefused() }
        for ref in members.outOfPatience(at: now) {
            leave(ref)
            fanout.post(to: ref) { ref.turnAway() }
        }
        fanout.retryLagging(at: stateMachine.position)
        if access.awaitsEnd, access.hasEnded(at: logTime) { expel(members.refs, at: logTime) }
        for reply in journeys.tick(now: now) { tell(reply) }
        showChanges(now: now)
        if !members.isEmpty, roster.beginReadIfDue(at: now) { readRoster() }
        guard members.isEmpty else {
            emptySince = nil
            return headCheck.isDue(at: now) ? .check : .nothing
        }
        let since = emptySince ?? now
        emptySince = since
        return since + services.limits.linger <= now && roster.isSettled ? .retire : .nothing
    }

    func retire() {
        isOver = true
        services.backend.relay.unsubscribe(from: name, on: eventLoop)
    }
}
