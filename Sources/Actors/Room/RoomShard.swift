import ChatModel
import CoreMetrics
import DequeModule
import Logging
import NIOCore
import Operations
import Supervision
import Synchronization

/// The rooms of one event loop and their supervisor: starts a room with its first member, replaces a failed one,
/// retires one that has been empty for a while, and has their logs compared in turn.
///
/// Pinned to its loop. Others reach a room through the shard's mailbox, by name, so that nobody holds an actor that may
/// be gone.
package actor RoomShard {
    private static let tickInterval = TimeAmount.milliseconds(250)

    package nonisolated let unownedExecutor: UnownedSerialExecutor
    nonisolated let eventLoop: any EventLoop
    nonisolated let services: RoomServices
    nonisolated let status: ShardStatus
    private nonisolated let mailbox: Mailbox
    /// Something for these rooms was dropped because the mailbox was full: all must check the log.
    private nonisolated let hasMissed = Atomic<Bool>(false)
    /// A membership update is on its way to this loop: one is enough.
    private nonisolated let hasNewView = Atomic<Bool>(false)
    private let checksPerTick: Int
    private let checksAtOnce: Int

    private var rooms: [RoomName: Room] = [:] {
        didSet { status.rooms.store(rooms.count, ordering: .relaxed) }
    }
    private var policies: [RoomName: RestartPolicy] = [:]
    /// Rooms that have certainly missed something, each once, in the order of their turns.
    private var urgent: Deque<RoomName> = []
    private var isUrgent: Set<RoomName> = []
    /// Rooms whose log did not answer or was deleted: checked at the next tick.
    private var unanswered: Set<RoomName> = []
    private var isStartingChecks = false
    private var checksUnderWay = 0
    private var ticking: RepeatedTask?

    /// - Parameters:
    ///   - number: the shard's index, from 0.
    ///   - share: this shard gets one `share`-th of the node's limits.
    init(_ number: Int, eventLoop: any EventLoop, services: RoomServices, share: Int) {
        self.status = ShardStatus(name: "loop-\(number)")
        self.eventLoop = eventLoop
        self.unownedExecutor = eventLoop.executor.asUnownedSerialExecutor()
        self.services = services
        let limits = services.limits
        self.mailbox = Mailbox(
            eventLoop: eventLoop, limit: limits.roomMailboxLimit, gauge: services.metrics.roomMailbox)
        self.checksPerTick = max(1, limits.checksPerSecond / 4 / share)
        self.checksAtOnce = max(1, limits.checksAtOnce / share)
    }

    // MARK: Entry, from any thread

    /// For work that must not be lost and is bounded elsewhere.
    nonisolated func enter(_ work: @escaping @Sendable (isolated RoomShard) -> Void) {
        mailbox.postAlways { self.enterOnLoop { work($0) } }
    }

    /// - Returns: whether there was room in the mailbox.
    nonisolated func tryEnter(_ work: @escaping @Sendable (isolated RoomShard) -> Void) -> Bool {
        mailbox.post { self.enterOnLoop { work($0) } }
    }

    nonisolated func deliver(_ events: [LiveEvent], to name: RoomName) {
        let taken = tryEnter { shard in shard.rooms[name]?.enterOnLoop { $0.deliver(events) } }
        guard !taken else { return }
        services.metrics.heardDropped.increment()
        hasMissed.store(true, ordering: .relaxed)
    }

    nonisolated func membershipChanged() {
        guard !hasNewView.exchange(true, ordering: .acquiringAndReleasing) else { return }
        enter { shard in
            // Cleared first, so that later changes schedule another update.
            shard.hasNewView.store(false, ordering: .sequentiallyConsistent)
            for room in shard.rooms.values { room.enterOnLoop { $0.membershipChanged() } }
        }
    }

    // MARK: Members

    func join(_ ref: ConnectionRef, as user: User) {
        let room = rooms[ref.room] ?? open(ref.room)
        room.enterOnLoop { $0.join(ref, as: user) }
    }

    func leave(_ ref: ConnectionRef) {
        rooms[ref.room]?.enterOnLoop { $0.leave(ref) }
    }

    func submit(_ drafts: [MessageDraft], from ref: ConnectionRef, received: NIODeadline) {
        rooms[ref.room]?.enterOnLoop { $0.submit(drafts, from: ref, received: received) }
    }

    func typing(_ ref: ConnectionRef) {
        rooms[ref.room]?.enterOnLoop { $0.typing(ref) }
    }

    func tellRoles(_ ref: ConnectionRef) {
        rooms[ref.room]?.enterOnLoop { $0.tellRoles(ref) }
    }

    func invite(_ request: RoomCommand.Invite, by ref: ConnectionRef) {
        rooms[ref.room]?.enterOnLoop { $0.invite(request, by: ref) }
    }

    func allow(_ upload: FileUpload, by ref: ConnectionRef) {
        rooms[ref.room]?.enterOnLoop { $0.allow(upload, by: ref) }
    }

    func trace(_ message: MessageID, key: String, for ref: ConnectionRef) {
        rooms[ref.room]?.enterOnLoop { $0.trace(message, key: key, for: ref) }
    }

    func renamed(_ ref: ConnectionRef, to name: String, isHere: Bool) {
        rooms[ref.room]?.enterOnLoop { $0.renamed(ref, to: name, isHere: isHere) }
    }

    func connectionFailed(_ ref: ConnectionRef, _ failure: Connection.Failure) {
        rooms[ref.room]?.enterOnLoop { $0.connectionFailed(ref, failure) }
    }

    func actor(of name: RoomName) -> Room? {
        rooms[name]
    }

    // MARK: Supervision

    private func open(_ name: RoomName) -> Room {
        let room = Room(name: name, shard: self, services: services)
        rooms[name] = room
        if ticking == nil { startTicking() }
        room.enterOnLoop { $0.start() }
        return room
    }

    /// Called by a room from its own handling: the successor is in place when this returns.
    nonisolated func roomFailed(_ room: Room, _ error: InvariantBroken) {
        enterOnLoop { $0.replace(room, error) }
    }

    private func replace(_ room: Room, _ error: InvariantBroken) {
        let name = room.name
        guard rooms[name] === room else { return }
        services.logger.error(
            "room failed",
            metadata: [
                LogKey.roomName: "\(name)", LogKey.invariant: "\(error.rule.rawValue)", LogKey.error: "\(error)",
            ])
        var inheritance = room.enterOnLoop { $0.end() }
        var policy = policies[name] ?? RestartPolicy(services.limits.roomRestarts, then: .escalate)
        let now = ContinuousClock.now
        let decision = policy.failed(now: now)
        status.failed("room \(name)", error, at: now, decision)
        guard case .restart = decision else {
            services.metrics.roomEscalations.increment()
            rooms[name] = nil
            policies[name] = nil
            inheritance.roster.removeEveryone()
            status.members.subtract(inheritance.members.count, ordering: .relaxed)
            services.backend.relay.unsubscribe(from: name, on: eventLoop)
            for ref in inheritance.members.refs {
                ref.context.outlet.eventLoop.execute { ref.giveUp() }
            }
            return
        }
        services.metrics.roomRestarts[error.rule]?.increment()
        policies[name] = policy
        let successor = Room(name: name, shard: self, services: services, successorOf: inheritance)
        rooms[name] = successor
        successor.enterOnLoop { $0.start() }
    }

    // MARK: Time

    private func startTicking() {
        ticking = eventLoop.scheduleRepeatedTask(initialDelay: Self.tickInterval, delay: Self.tickInterval) { _ in
            self.enterOnLoop { $0.tick(now: .now()) }
        }
    }

    private func tick(now: NIODeadline) {
        if hasMissed.exchange(false, ordering: .relaxed) { makeUrgent(rooms.keys) }
        var checks = checksPerTick
        for (name, room) in rooms {
            switch room.enterOnLoop({ $0.tick(now: now) }) {
            case .nothing:
                continue
            case .check:
                guard checks > 0, checksUnderWay < checksAtOnce else { continue }
                checks -= 1
                check(room, urgent: false)
            case .retire:
                room.enterOnLoop { $0.retire() }
                rooms[name] = nil
                policies[name] = nil
            }
        }
        if rooms.isEmpty {
            ticking?.cancel()
            ticking = nil
        }
        makeUrgent(unanswered)
        unanswered = []
        startUrgentChecks()
    }

    /// The subscription of these rooms was interrupted: compares each with its log, a limited number at a time.
    func resubscribed(_ names: [RoomName]) {
        makeUrgent(names)
        for name in names { rooms[name]?.enterOnLoop { $0.readRosterSoon() } }
        startUrgentChecks()
    }

    /// The log did not answer after something was certainly missed, or has been deleted.
    nonisolated func checkAgain(_ name: RoomName) {
        enterOnLoop { _ = $0.unanswered.insert(name) }
    }

    private func makeUrgent(_ names: some Sequence<RoomName>) {
        for name in names where isUrgent.insert(name).inserted { urgent.append(name) }
    }

    /// A check may finish before it returns and start the next one: a loop avoids deep recursion.
    private func startUrgentChecks() {
        guard !isStartingChecks else { return }
        isStartingChecks = true
        while checksUnderWay < checksAtOnce, let name = urgent.popFirst() {
            isUrgent.remove(name)
            if let room = rooms[name] { check(room, urgent: true) }
        }
        isStartingChecks = false
    }

    private func check(_ room: Room, urgent: Bool) {
        checksUnderWay += 1
        let done: @Sendable () -> Void = {
            self.enterOnLoop { shard in
                shard.checksUnderWay -= 1
                if urgent { shard.startUrgentChecks() }
            }
        }
        room.enterOnLoop { $0.check(urgent: urgent, done: done) }
    }
}
