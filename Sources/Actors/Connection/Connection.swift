import ChatModel
import CoreMetrics
import NIOCore

/// One member: a socket in a room. Takes what its user says to the room, and writes what the room delivers.
///
/// Pinned to its socket's event loop and entered there synchronously, through its `ConnectionRef`. It is supervised by
/// the `Room`: when its handling throws it does nothing any more, and another actor takes its place behind the same
/// ref, on the same socket, after the last message that this one wrote.
package actor Connection {
    package nonisolated let unownedExecutor: UnownedSerialExecutor
    private let ref: ConnectionRef
    private let context: ConnectionContext
    private var stateMachine: ConnectionStateMachine
    private var drafts: [MessageDraft] = []
    private var name: String
    private var isOver = false
    private let begunAt = NIODeadline.now()

    init(ref: ConnectionRef, name: String, stateMachine: ConnectionStateMachine) {
        self.unownedExecutor = ref.context.outlet.eventLoop.executor.asUnownedSerialExecutor()
        self.ref = ref
        self.context = ref.context
        self.name = name
        self.stateMachine = stateMachine
        context.metrics.connections.increment()
    }

    deinit {
        context.metrics.connections.decrement()
    }

    // MARK: From the user

    /// A frame of the user. Chats wait for the end of the socket's read cycle.
    func receive(_ command: RoomCommand) {
        guard !isOver else { return }
        do {
            try context.faults?.check(.connectionReceive(context.room, context.user))
        } catch {
            return fail(error, on: .command(command))
        }
        handle(command)
    }

    private func handle(_ command: RoomCommand) {
        switch command {
        case .chat, .act:
            if let draft = command.draft(by: User(id: context.user, name: name)) { drafts.append(draft) }
        case .typing:
            context.shard.enter { [ref] in $0.typing(ref) }
        case .rename(let name):
            self.name = name
            context.shard.enter { [ref] in $0.renamed(ref, to: name) }
        case .trace(let message, let key):
            let taken = context.shard.tryEnter { [ref] in $0.trace(message, key: key, for: ref) }
            if !taken { ref.rejected(key: key, "the server is overloaded, ask again") }
        case .history(let part, let limit):
            ref.readHistory(part, limit: limit)
        case .search(let search):
            ref.search(search)
        }
    }

    /// Hands what was received in this read cycle to the room, in one hop.
    func submit() {
        guard !drafts.isEmpty else { return }
        // A plain client gets no history: what it says before it is placed it would never see.
        if context.mode == .plain, stateMachine.isJoining, drafts.count <= context.limits.heldCommands { return }
        let batch = drafts
        drafts = []
        let received = NIODeadline.now()
        let room = context.room
        let taken = context.shard.tryEnter { [ref] in $0.submit(batch, to: room, from: ref, received: received) }
        if !taken { for draft in batch { ref.rejected(draft, "the server is overloaded, send it again") } }
    }

    // MARK: From the room

    func joined(at position: RoomPosition, _ roster: Roster) {
        perform(stateMachine.joined(at: position, roster))
        submit()
    }

    func deliver(_ delivery: Delivery) {
        guard !isOver else { return }
        if let faults = context.faults {
            do {
                try faults.check(.connectionDeliver(context.room, context.user, through: delivery.last))
            } catch {
                return fail(error, on: delivery.first == delivery.last ? .message(delivery.last) : .unknown)
            }
        }
        if stateMachine.follows(delivery) {
            write(delivery.frames)
        } else {
            perform(stateMachine.delivered(delivery))
        }
    }

    func realign(to position: RoomPosition) {
        perform(stateMachine.realigned(to: position))
    }

    // MARK: Acting

    private func perform(_ actions: [ConnectionStateMachine.Action]) {
        guard !isOver else { return }
        for action in actions {
            guard !isOver else { return }
            switch action {
            case .writeFrames(let frames):
                write(frames)
            case .write(let frame):
                write(frame)
            case .writeMessages(let messages, let epoch):
                write(messages, epoch)
            case .read(let range):
                read(range)
            case .resumed(let complete):
                (complete ? context.metrics.resumed : context.metrics.resumedWithGap).increment()
            }
        }
    }

    private func catchUp(with result: Result<LogPage, RelayError>) {
        guard case .success(let page) = result else { return tryAgainLater() }
        if let faults = context.faults {
            for message in page.messages where stateMachine.isNews(message.id) {
                do {
                    try faults.check(.connectionDeliver(context.room, context.user, through: message.id))
                } catch {
                    return fail(error, on: .message(message.id))
                }
            }
        }
        perform(stateMachine.read(page))
    }

    private func write(_ frame: ServerFrame) {
        var buffer = ByteBuffer()
        FrameEncoder.text(frame, into: &buffer)
        context.outlet.write(buffer)
    }

    private func write(_ messages: [ChatMessage], _ epoch: Epoch) {
        var buffer = ByteBuffer()
        for message in messages { context.mode.encode(message, in: context.room, epoch, into: &buffer) }
        write(buffer)
    }

    /// A plain client has nothing to hear of acts, only to count them.
    private func write(_ frames: ByteBuffer) {
        if frames.readableBytes > 0 { context.outlet.write(frames) }
    }

    /// Reads the log when it is the socket's turn, and gives the turn back when the page is written. Nobody misses the page
    /// of an actor that has failed: its successor reads from where the user is.
    private func read(_ range: LogRange) {
        context.outlet.awaitTurn { [context] in
            context.log.read(range, of: context.room, on: context.outlet.eventLoop) { result in
                self.assumeIsolated { connection in
                    if !connection.isOver { connection.catchUp(with: result) }
                }
                context.outlet.endTurn()
            }
        }
    }

    /// The log did not answer. The user keeps what it has; the catch-up goes on when the log is back. Somebody who is to be
    /// let in is told instead, when another try might take longer than their patience.
    private func tryAgainLater() {
        let patience = TimeAmount.nanoseconds(context.limits.joinPatience.nanoseconds / 2)
        if stateMachine.owesJoined, begunAt + patience <= .now() { return ref.turnAway() }
        let pause = TimeAmount.milliseconds(.random(in: 500...1_500))
        context.outlet.eventLoop.scheduleTask(in: pause) {
            self.assumeIsolated { connection in connection.perform(connection.stateMachine.readFailed()) }
        }
    }

    // MARK: Ending

    /// What was being handled when it failed.
    enum Culprit: Hashable, Sendable {
        case command(RoomCommand)
        case message(MessageID)
        case unknown
    }

    /// What the room, and the actor that takes over, must know of a failure.
    struct Failure: Sendable {
        let error: any Error
        let culprit: Culprit
        let resumePoint: ConnectionStateMachine.ResumePoint
        let name: String
    }

    private func fail(_ error: any Error, on culprit: Culprit) {
        isOver = true
        let unsent = drafts
        drafts = []
        let failure = Failure(error: error, culprit: culprit, resumePoint: stateMachine.resumePoint, name: name)
        ref.failed(failure, unsent: unsent)
    }

    /// Takes over what its predecessor had received and not yet handed to the room.
    func adopt(_ drafts: [MessageDraft]) {
        self.drafts = drafts
    }

    func end() {
        isOver = true
    }
}
