import ChatModel
import ChatProtocol
import CoreMetrics
import NIOCore
import Supervision

/// One member: a socket in a room. Submits its user's messages to the room, and writes what the room delivers.
///
/// Pinned to its socket's event loop and entered there synchronously, through its `ConnectionRef`. Supervised by the
/// `Room`: once its handling throws it does nothing more, and another actor replaces it behind the same ref, on the
/// same socket, starting after the last message it wrote.
package actor Connection {
    package nonisolated let unownedExecutor: UnownedSerialExecutor
    private let ref: ConnectionRef
    private let context: ConnectionContext
    private let outlet: any ConnectionOutlet
    private var stateMachine: ConnectionStateMachine
    private var drafts: [MessageDraft] = []
    private var name: String
    private var isOver = false
    private let begunAt = NIODeadline.now()

    init(ref: ConnectionRef, name: String) {
        let context = ref.context
        self.init(
            ref: ref, name: name,
            stateMachine: ConnectionStateMachine(
                room: context.room, mode: context.mode, since: context.since, limits: context.services.limits))
    }

    /// Takes over from a failed actor, after the last message that it wrote.
    /// - `skipped`: messages on which its predecessors failed twice.
    init(ref: ConnectionRef, successorTo failure: Failure, skipping skipped: Set<MessageID>) {
        let context = ref.context
        self.init(
            ref: ref, name: failure.name,
            stateMachine: ConnectionStateMachine(
                room: context.room, mode: context.mode, since: context.since, limits: context.services.limits,
                resuming: failure.resumePoint, skipping: skipped))
    }

    private init(ref: ConnectionRef, name: String, stateMachine: ConnectionStateMachine) {
        self.unownedExecutor = ref.context.outlet.eventLoop.executor.asUnownedSerialExecutor()
        self.ref = ref
        self.context = ref.context
        self.outlet = ref.context.outlet
        self.name = name
        self.stateMachine = stateMachine
        context.services.metrics.connections.increment()
    }

    deinit {
        context.services.metrics.connections.decrement()
    }

    // MARK: From the user

    /// A frame from the user. Messages wait for the end of the socket's read cycle.
    func receive(_ command: RoomCommand) {
        guard !isOver else { return }
        // Whether anything else comes back before `joined` would tell that a private room is there.
        if context.room.isPrivate, stateMachine.owesJoined, command.isAnswered {
            return context.replies.reject(key: command.key, "join the room first", as: .notJoined)
        }
        switch command {
        case .chat(let text, let key, let plain, let re, let files):
            drafts.append(
                MessageDraft(
                    user: context.user, name: name, text: text, key: key, plain: plain, re: re, files: files))
        case .act(let act, let text, let key, let isOperator):
            let authority = isOperator ? context.authority(for: act) : .own
            drafts.append(
                MessageDraft(user: context.user, name: name, text: text, key: key, act: act, authority: authority))
        case .typing:
            context.shard.enter { [ref] in $0.typing(ref) }
        case .rename(let name):
            self.name = name
            context.shard.enter { [ref] in $0.renamed(ref, to: name, isHere: true) }
        case .roles:
            context.shard.enter { [ref] in $0.tellRoles(ref) }
        case .invite(let request):
            context.shard.enter { [ref] in $0.invite(request, by: ref) }
        case .upload(let upload):
            context.shard.enter { [ref] in $0.allow(upload, by: ref) }
        case .trace(let message, let key):
            let taken = context.shard.tryEnter { [ref] in $0.trace(message, key: key, for: ref) }
            if !taken { context.replies.reject(key: key, "server is overloaded, try again") }
        case .history(let part, let limit):
            PastReader(context: context).history(part, limit: limit)
        case .search(let search):
            PastReader(context: context).search(search)
        }
    }

    /// The socket's read cycle has ended. A plain client gets no history and would never see what it sends before it is
    /// placed, so that waits.
    func submit() {
        let waits =
            context.mode == .plain && stateMachine.isJoining && drafts.count <= context.services.limits.heldCommands
        if !isOver, !waits { submitDrafts() }
    }

    /// Submits the drafts to the room in one hop.
    private func submitDrafts() {
        guard !drafts.isEmpty else { return }
        let batch = drafts
        drafts = []
        let received = NIODeadline.now()
        let taken = context.shard.tryEnter { [ref] in $0.submit(batch, from: ref, received: received) }
        guard !taken else { return }
        for draft in batch { context.replies.reject(key: draft.key, "server is overloaded, please resend") }
    }

    // MARK: From the room

    func joined(at position: RoomPosition, _ roster: Roster) {
        advance { machine throws(InvariantBroken) in try machine.joined(at: position, roster) }
        submit()
    }

    func deliver(_ delivery: Delivery) {
        guard !isOver else { return }
        if stateMachine.follows(delivery) {
            write(delivery.frames)
        } else {
            advance { machine throws(InvariantBroken) in try machine.delivered(delivery) }
        }
    }

    /// The user was renamed in this room or, with `tellingRoom`, in another one.
    func sign(as name: String, tellingRoom: Bool) {
        guard name != self.name else { return }
        self.name = name
        if tellingRoom { context.shard.enter { [ref] in $0.renamed(ref, to: name, isHere: false) } }
    }

    func realign(to position: RoomPosition) {
        advance { machine throws(InvariantBroken) in try machine.realigned(to: position) }
    }

    /// For supervision tests and `/dev/faults`: an unrequested read, which breaks an invariant.
    package func sabotage() {
        read(.head) {}
    }

    // MARK: Acting

    /// Feeds an event to the state machine and performs its actions.
    private func advance(
        _ event: (inout ConnectionStateMachine) throws(InvariantBroken) -> [ConnectionStateMachine.Action]
    ) {
        guard !isOver else { return }
        do {
            perform(try event(&stateMachine))
        } catch {
            fail(error)
        }
    }

    private func perform(_ actions: [ConnectionStateMachine.Action]) {
        for action in actions {
            switch action {
            case .writeFrames(let frames):
                write(frames)
            case .write(let frame):
                outlet.write(frame)
            case .writeMessages(let messages, let epoch):
                write(messages, epoch)
            case .read(let range):
                outlet.awaitTurn { [outlet] in
                    self.enterOnLoop { connection in connection.read(range, done: outlet.endTurn) }
                }
            case .resumed(let complete):
                (complete ? context.services.metrics.resumed : context.services.metrics.resumedWithGap).increment()
            }
        }
    }

    private func catchUp(with result: Result<LogPage, RelayError>, of range: LogRange) {
        let page: LogPage
        switch result {
        case .success(let read): page = read
        case .failure(let error): return error.isRefusal ? ref.expel(error) : tryAgainLater()
        }
        advance { machine throws(InvariantBroken) in try machine.read(page, of: range) }
    }

    private func write(_ messages: [ChatMessage], _ epoch: Epoch) {
        var buffer = ByteBuffer()
        for message in messages { context.mode.encode(message, in: context.room, epoch, into: &buffer) }
        write(buffer)
    }

    /// A plain client gets no frame for an act, but its position advances.
    private func write(_ frames: ByteBuffer) {
        if frames.readableBytes > 0 { outlet.write(frames) }
    }

    /// Reads a page of the log. If the actor fails meanwhile, its successor reads on from the user's position.
    /// - `done`: called when the page is written, or there is none.
    private func read(_ range: LogRange, done: @escaping @Sendable () -> Void) {
        guard !isOver else { return done() }
        // A member that has its `joined` takes turns with others who read history.
        let reader: LogReader =
            stateMachine.isResuming
            ? .history(of: context.address, by: context.user, from: context.addressDigest)
            : context.isOperator && context.room.kind == .open
                ? .room : .member(context.user, from: context.addressDigest)
        context.services.backend.log.read(range, of: context.room, for: reader, on: outlet.eventLoop) {
            result in
            self.enterOnLoop { connection in
                if !connection.isOver { connection.catchUp(with: result, of: range) }
            }
            done()
        }
    }

    /// The log did not answer: retries later. Rejects the join instead if a retry would exceed `joinPatience`.
    private func tryAgainLater() {
        let patience = TimeAmount.nanoseconds(context.services.limits.joinPatience.nanoseconds / 2)
        if stateMachine.owesJoined, begunAt + patience <= .now() { return ref.turnAway() }
        let pause = TimeAmount.milliseconds(.random(in: 500...1_500))
        outlet.eventLoop.scheduleTask(in: pause) {
            self.enterOnLoop { connection in
                connection.advance { machine throws(InvariantBroken) in try machine.readFailed() }
            }
        }
    }

    // MARK: Ending

    /// Whether the user still waits to hear that they are in the room.
    var owesJoined: Bool { stateMachine.owesJoined }

    /// What the room and the successor need to know of a failure.
    struct Failure: Sendable {
        let error: InvariantBroken
        let resumePoint: ConnectionStateMachine.ResumePoint
        let name: String
    }

    private func fail(_ error: InvariantBroken) {
        submitDrafts()
        isOver = true
        ref.failed(Failure(error: error, resumePoint: stateMachine.resumePoint, name: name))
    }

    /// The user leaves, or the socket is gone. Drafts received before are still submitted.
    func end() {
        submitDrafts()
        isOver = true
    }
}
