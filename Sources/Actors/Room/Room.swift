import ChatModel
import CoreMetrics
import Logging
import NIOCore
import Supervision
import Synchronization

/// One room on one node: takes its members' messages to the relay, keeps what comes back in order and fans it out.
///
/// ```
///   Connection ─ submit ─▶ Room ─ publish ─▶ Relay ┄▶ every node
///   Connection ◀─ fan out ─ Room ◀─ deliver ─ Relay ◀┄
/// ```
///
/// Pinned to one event loop, chosen by the room's name, and entered there synchronously by its `RoomShard`, which
/// supervises it. It supervises the `Connection` actors of its members. Nothing here suspends.
package actor Room {
    package nonisolated let unownedExecutor: UnownedSerialExecutor
    nonisolated let name: RoomName
    let eventLoop: any EventLoop
    let shard: RoomShard
    let services: RoomServices
    let logger: Logger

    var stateMachine: RoomStateMachine
    var members: [ObjectIdentifier: Member] = [:]
    let fanout: RoomFanout
    var presence: RoomPresence
    /// The life of this node under which its members were written.
    var storedAs: NodeIncarnation
    /// Members that came before the room knew its position.
    var waiting: [ConnectionRef] = []
    var lastTyping: [UserID: NIODeadline] = [:]
    let times = RoomTimes()
    var journeys = OpenJourneys()
    var answersLeft = Room.answersPerTick

    /// Frames of this tick that are not fanned out yet.
    private var batch = Batch()
    private var isFlushScheduled = false

    /// A user's typing is told once in this time.
    static let typingPause = TimeAmount.seconds(3)
    private(set) var lastActive = NIODeadline.now()
    var emptySince: NIODeadline? = NIODeadline.now()
    var nextCheck: NIODeadline
    var nextPresenceRead: NIODeadline
    var retryAt: NIODeadline?
    var isChecking = false
    private(set) var isOver = false

    struct Member {
        let ref: ConnectionRef
        var name: String
        var policy: RestartPolicy
        /// Until when it waits to be let in; `nil`: it is in, or it cannot be told that it is not.
        var waitsUntil: NIODeadline?
        /// The message on which the member's actor failed last, and those that are skipped for it.
        var stumbledOn: MessageID?
        var skipped: Set<MessageID> = []
    }

    private struct Batch {
        var v1 = ByteBuffer()
        var plain = ByteBuffer()
        var epoch = Epoch.none
        var first = MessageID.zero
        var last = MessageID.zero
        var count = 0
        var heard = NIODeadline.uptimeNanoseconds(0)
    }

    /// - `predecessor`: the room that failed; its members, its position and whom it knew to be present are taken over.
    init(name: RoomName, shard: RoomShard, services: RoomServices, successorOf predecessor: Inheritance? = nil) {
        self.name = name
        self.shard = shard
        self.eventLoop = shard.eventLoop
        self.unownedExecutor = shard.unownedExecutor
        self.services = services
        var logger = services.logger
        logger[metadataKey: LogKey.roomName] = "\(name)"
        self.logger = logger
        let limits = services.limits
        self.stateMachine = RoomStateMachine(inherited: predecessor?.position, bufferLimit: limits.fillBufferMessages)
        self.members = predecessor?.members ?? [:]
        self.waiting = predecessor?.waiting ?? []
        self.fanout = RoomFanout(mailboxLimit: limits.fanOutMailboxLimit, metrics: services.metrics)
        self.presence = predecessor?.presence ?? RoomPresence(room: name, own: services.nodeName)
        self.storedAs = services.membership.own
        let now = NIODeadline.now()
        self.nextCheck = now + limits.activeCheck
        self.nextPresenceRead = now
        if !members.isEmpty { self.emptySince = nil }
        for member in members.values where !waiting.contains(where: { $0 === member.ref }) { fanout.add(member.ref) }
        services.metrics.rooms.increment()
    }

    deinit {
        services.metrics.rooms.decrement()
    }

    /// What a successor takes over.
    struct Inheritance: Sendable {
        let members: [ObjectIdentifier: Member]
        let waiting: [ConnectionRef]
        let presence: RoomPresence
        let position: RoomPosition?
    }

    /// The room has failed and does nothing any more; what it had accepted is still fanned out.
    func end() -> Inheritance {
        flush()
        endJourneys()
        isOver = true
        // An answer that is still to come is for nobody.
        presence.readFailed()
        return Inheritance(
            members: members, waiting: waiting, presence: presence,
            position: stateMachine.knownPosition)
    }

    /// A successor makes every member compare what it has seen with the log: nobody trusts what the failure left.
    func start() {
        fanout.realign(to: stateMachine.position)
        services.relay.subscribe(to: name, on: eventLoop) {
            self.assumeIsolated { room in
                guard !room.isOver else { return }
                room.perform(room.stateMachine.subscribed())
            }
        }
    }

    // MARK: From members

    func submit(_ drafts: [MessageDraft], from ref: ConnectionRef, received: NIODeadline) {
        becameActive()
        for (index, draft) in drafts.enumerated() {
            do {
                try services.faults?.check(.roomSubmit(name))
            } catch {
                for draft in drafts[index...] {
                    fanout.post(to: ref) { ref.rejected(draft, "the room was restarted, send it again") }
                }
                return shard.roomFailed(self, error)
            }
            publish(draft, from: ref, received: received)
        }
    }

    private func publish(_ draft: MessageDraft, from ref: ConnectionRef, received: NIODeadline) {
        let metrics = services.metrics
        let status = shard.status
        let published = lastActive
        services.relay.publish(draft, to: name, on: eventLoop) { [times] result in
            let loop = ref.context.outlet.eventLoop
            switch result {
            case .success(let receipt):
                let now = NIODeadline.now()
                (receipt.duplicate ? metrics.publishedTwice : metrics.published).increment()
                if receipt.duplicate {
                    metrics.duplicatesSuppressed.increment()
                } else {
                    metrics.messages.increment()
                    status.messages.add(1, ordering: .relaxed)
                    times.confirmed(receipt.position.id, received: received, published: published, at: now)
                }
                metrics.latency.recordNanoseconds((now - received).nanoseconds)
                guard ref.context.mode == .v1 else { return }
                loop.run { ref.confirmed(draft, at: receipt.position.id) }
            case .failure(let error):
                let code = error.code.errorCode
                (code == .unavailable ? metrics.publishFailed : metrics.publishRefused).increment()
                loop.run { ref.rejected(draft, error.message, as: code) }
            }
        }
    }

    /// A room in which something is said is compared with its log more often than a quiet one.
    private func becameActive() {
        lastActive = .now()
        nextCheck = min(nextCheck, lastActive + services.limits.activeCheck)
    }

    // MARK: From the relay

    func deliver(_ events: [LiveEvent]) {
        guard !isOver else { return }
        for event in events {
            switch event {
            case .message(let message, let epoch, let origin):
                do {
                    try services.faults?.check(.roomDeliver(name, message.id))
                } catch {
                    return shard.roomFailed(self, error)
                }
                hear(message, epoch, origin)
            case .signal(let signal):
                hear(signal)
            }
        }
    }

    private func hear(_ message: ChatMessage, _ epoch: Epoch, _ origin: String) {
        let metrics = services.metrics
        // The log's clock may be another machine's, and is nobody to trust with arithmetic.
        let (delay, overflow) = WallClock.milliseconds().subtractingReportingOverflow(message.ts)
        let timer = origin == services.nodeName ? metrics.deliveredLocal : metrics.deliveredRemote
        if !overflow { timer.recordMilliseconds(max(0, delay)) }
        becameActive()
        switch stateMachine.heard(message, epoch: epoch) {
        case .deliver:
            metrics.heard.increment()
            append(message, epoch)
        case .duplicate:
            metrics.heardTwice.increment()
        case .wait:
            metrics.heardLate.increment()
        case .fill:
            metrics.gaps.increment()
            perform([.fill])
        }
    }

    // MARK: Acting

    func perform(_ actions: [RoomStateMachine.Action]) {
        for action in actions {
            switch action {
            case .readHead:
                read(.head) { room, page in room.perform(room.stateMachine.headRead(page.head)) }
            case .ready(let position):
                admitWaiting(at: position)
            case .deliver(let message, let epoch):
                services.metrics.heard.increment()
                append(message, epoch)
            case .fill:
                let range = LogRange.forward(
                    after: stateMachine.position.id, through: nil, limit: services.limits.pageLength)
                read(range) { room, page in room.perform(room.stateMachine.filled(by: page)) }
            case .realign:
                flush()
                fanout.realign(to: stateMachine.position)
            }
        }
    }

    private func read(_ range: LogRange, then handle: @escaping @Sendable (isolated Room, LogPage) -> Void) {
        services.log.read(range, of: name, on: eventLoop) { result in
            self.assumeIsolated { room in
                guard !room.isOver else { return }
                switch result {
                case .success(let page): handle(room, page)
                case .failure: room.retryAt = .now() + .milliseconds(.random(in: 500...1_500))
                }
            }
        }
    }

    // MARK: Fan out

    /// Adds a message to what this tick fans out: encoded once for each kind of member that is there.
    private func append(_ message: ChatMessage, _ epoch: Epoch) {
        if batch.count > 0 && batch.epoch != epoch { flush() }
        if batch.count == 0 {
            batch.epoch = epoch
            batch.first = message.id
            batch.heard = .now()
        }
        batch.last = message.id
        batch.count += 1
        if fanout.v1Count > 0 { JoinRequest.Mode.v1.encode(message, in: name, epoch, into: &batch.v1) }
        if fanout.plainCount > 0 { JoinRequest.Mode.plain.encode(message, in: name, epoch, into: &batch.plain) }
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        eventLoop.execute {
            self.assumeIsolated { room in
                room.isFlushScheduled = false
                if !room.isOver { room.flush() }
            }
        }
    }

    /// Sends what has gathered to every loop with members.
    func flush() {
        guard batch.count > 0 else { return }
        let batch = self.batch
        self.batch = Batch()
        func delivery(_ frames: ByteBuffer, to members: Int) -> Delivery? {
            guard members > 0 else { return nil }
            return Delivery(epoch: batch.epoch, first: batch.first, last: batch.last, frames: frames)
        }
        let number = times.batch(batch.first...max(batch.first, batch.last), heard: batch.heard)
        fanout.fanOut(
            v1: delivery(batch.v1, to: fanout.v1Count), plain: delivery(batch.plain, to: fanout.plainCount),
            through: stateMachine.position
        ) { [times] sockets in times.written(number, to: sockets, at: .now()) }
    }

    // MARK: Time

    /// What a room wants of its shard.
    enum Need { case nothing, check, retire }

    /// Called by the shard four times a second.
    func tick(now: NIODeadline) -> Need {
        if let retryAt, retryAt <= now {
            self.retryAt = nil
            perform(stateMachine.readFailed())
        }
        if !waiting.isEmpty { turnAwayWhoHasWaited(now: now) }
        fanout.retryLagging(at: stateMachine.position)
        tickJourneys(now: now)
        perform(presence.tick(now: now))
        if !lastTyping.isEmpty { lastTyping = lastTyping.filter { $0.value + Self.typingPause > now } }
        if nextPresenceRead <= now && !members.isEmpty && !presence.isReading {
            nextPresenceRead = now + services.limits.quietCheck
            readPresence()
        }
        guard members.isEmpty else {
            emptySince = nil
            return nextCheck <= now && !isChecking ? .check : .nothing
        }
        let since = emptySince ?? now
        emptySince = since
        return since + services.limits.linger <= now && presence.isSettled ? .retire : .nothing
    }

    func retire() {
        isOver = true
        services.relay.unsubscribe(from: name, on: eventLoop)
    }
}
