import ChatModel
import ChatProtocol
import NIOCore

/// What a member of a room has seen, and how it gets the rest: `docs/protocol.md`, section 5, "Join".
///
/// ```
///   joining ── joined, nothing missed ─────────────────▶ live
///      │                                                 ▲  │ a delivery that is not the next one,
///      └─ joined ──▶ catchingUp (reads the log page by ──┘  │ or the room says realign
///                    page; live deliveries wait)  ◀─────────┘
///
///   replacing ── joined ──▶ catchingUp or live: where the failed predecessor left off
/// ```
///
/// Throws `InvariantBroken` on impossible events: the room then replaces the actor. Pure: no clock, no I/O. Owned by
/// the `Connection`. Ids are compared by `seq`, which is contiguous within an epoch.
struct ConnectionStateMachine {
    enum Action: Equatable {
        /// The frames of a delivery that had to wait.
        case writeFrames(ByteBuffer)
        case write(ServerFrame)
        /// Messages without an envelope, as if live.
        case writeMessages([ChatMessage], Epoch)
        /// Read the log at the socket's turn.
        case read(LogRange)
        case resumed(complete: Bool)
    }

    enum State {
        case joining
        /// After a failure, until the room gives its position. Deliveries until then are in the log too.
        case replacing(ResumePoint)
        indirect case catchingUp(CatchUp)
        case live
    }

    private let room: RoomName
    private let mode: JoinRequest.Mode
    private let since: ClientFrame.Since?
    /// Not all of `ActorsConfiguration`: there is one of these per member.
    private let catchUpBufferBytes, pageLength, recentLength: Int
    /// Messages on which this connection failed twice, reported as missing.
    private let skipped: Set<MessageID>
    var state: State = .joining
    /// The last message the user has. Meaningless while joining.
    private(set) var cursor: RoomPosition

    init(
        room: RoomName, mode: JoinRequest.Mode, since: ClientFrame.Since?, limits: ActorsConfiguration,
        resuming point: ResumePoint? = nil, skipping skipped: Set<MessageID> = []
    ) {
        self.room = room
        self.mode = mode
        self.since = since
        (catchUpBufferBytes, pageLength) = (limits.catchUpBufferBytes, limits.pageLength)
        recentLength = limits.recentLength
        self.skipped = skipped
        self.cursor = point?.cursor ?? .start
        if let point { state = .replacing(point) }
    }

    var resumePoint: ResumePoint {
        switch state {
        case .replacing(let point): point
        case _ where owesJoined: ResumePoint(cursor: nil, answer: nil)
        case .catchingUp(let catchUp): ResumePoint(cursor: cursor, answer: catchUp.answer)
        case .joining, .live: ResumePoint(cursor: cursor, answer: nil)
        }
    }

    /// Whether the room has not given its position yet.
    var isJoining: Bool {
        switch state {
        case .joining: true
        case .replacing(let point): point.cursor == nil
        case .catchingUp, .live: false
        }
    }

    /// Whether the user still has to get its `joined`.
    var owesJoined: Bool {
        if case .catchingUp(let catchUp) = state, case .joined = catchUp.answer { true } else { isJoining }
    }

    /// Whether the user has its `joined`, and is getting the pages after it.
    var isResuming: Bool {
        if case .catchingUp(let catchUp) = state { catchUp.answer == .resume } else { false }
    }

    /// The room has added the member at `position` and will deliver everything after it.
    mutating func joined(at position: RoomPosition, _ roster: Roster) throws(InvariantBroken) -> [Action] {
        switch state {
        case .joining: return place(at: position, roster)
        case .replacing(let point):
            guard point.cursor != nil else { return place(at: position, roster) }
            let answer = point.answer ?? .silent
            if answer == .silent && cursor == position {
                state = .live
                return []
            }
            return startCatchUp(to: position, answer: answer)
        case .catchingUp, .live:
            throw InvariantBroken(.placement, expected: "a member waiting to be placed", found: stateName)
        }
    }

    private mutating func place(at position: RoomPosition, _ roster: Roster) -> [Action] {
        guard mode == .v1 else {
            cursor = position
            state = .live
            return []
        }
        guard case .position(let since) = since else { return startOver(.joined(roster), to: position) }
        cursor = since
        // Where there are rules, the log decides once more at this moment.
        guard since != position || roster.rules != nil else {
            state = .live
            let joined = ServerFrame.Joined(
                room: room, position: position, recovered: true, missing: nil, messages: [], more: false,
                members: roster.members, memberCount: roster.memberCount, rules: roster.rules)
            return [.write(.joined(joined)), .resumed(complete: true)]
        }
        return startCatchUp(to: position, answer: .joined(roster))
    }

    /// Fast path, without a list of actions: a live member and the next delivery.
    /// - Returns: whether to write its frames as they are.
    mutating func follows(_ delivery: Delivery) -> Bool {
        guard case .live = state, delivery.first.seq == cursor.id.seq &+ 1,
            delivery.epoch == cursor.epoch || cursor == .start
        else { return false }
        cursor = RoomPosition(epoch: delivery.epoch, id: delivery.last)
        return true
    }

    /// Any other delivery.
    mutating func delivered(_ delivery: Delivery) throws(InvariantBroken) -> [Action] {
        guard delivery.first.seq <= delivery.last.seq else {
            throw InvariantBroken(
                .order, expected: "messages from \(delivery.first) on", found: "\(delivery.last)",
                message: delivery.last)
        }
        switch state {
        case .joining:
            throw InvariantBroken(.placement, expected: "joined", found: "the delivery of \(delivery.first)")
        case .replacing:
            return []
        case .catchingUp(var catchUp):
            state = .joining  // keeps `waiting` uniquely referenced
            catchUp.waitingBytes += delivery.size
            if catchUp.waitingBytes > catchUpBufferBytes {
                catchUp.waiting.removeAll()
                catchUp.waitingBytes = 0
                catchUp.target = RoomPosition(epoch: delivery.epoch, id: delivery.last)
            } else {
                catchUp.waiting.append(delivery)
            }
            state = .catchingUp(catchUp)
            return []
        case .live:
            return follow(delivery)
        }
    }

    /// The room's log has another epoch or a gap before `position`, or the room could not deliver everything.
    mutating func realigned(to position: RoomPosition) throws(InvariantBroken) -> [Action] {
        switch state {
        case .joining:
            throw InvariantBroken(.placement, expected: "joined", found: "realign to \(position.id)")
        case .replacing:
            return []
        case .catchingUp(var catchUp):
            catchUp.target = position
            state = .catchingUp(catchUp)
            return []
        case .live:
            if cursor == position { return [] }
            return startCatchUp(to: position, answer: .silent)
        }
    }

    private mutating func follow(_ delivery: Delivery) -> [Action] {
        if follows(delivery) { return [.writeFrames(delivery.frames)] }
        if delivery.epoch == cursor.epoch && delivery.last.seq <= cursor.id.seq { return [] }
        return startCatchUp(to: RoomPosition(epoch: delivery.epoch, id: delivery.last), answer: .silent)
    }

    private mutating func startCatchUp(to target: RoomPosition, answer: Answer) -> [Action] {
        [readOn(CatchUp(target: target, answer: answer, asked: .head, askedFor: target))]
    }

    private mutating func startOver(_ answer: Answer, to target: RoomPosition) -> [Action] {
        state = .catchingUp(
            CatchUp(target: target, answer: answer, asked: recentRange, askedFor: target, startsOver: true))
        return [.read(recentRange)]
    }

    private mutating func readOn(_ catchUp: CatchUp) -> Action {
        var catchUp = catchUp
        (catchUp.asked, catchUp.askedFor) = (nextRange(to: catchUp.target), catchUp.target)
        state = .catchingUp(catchUp)
        return .read(catchUp.asked)
    }

    private func nextRange(to target: RoomPosition) -> LogRange {
        guard target.id.seq > cursor.id.seq || target.epoch != cursor.epoch else { return .head }
        let through = target.epoch == cursor.epoch ? target.id : nil
        return .forward(after: cursor.id, through: through, limit: pageLength)
    }

    private var recentRange: LogRange {
        mode == .v1 ? .backward(before: nil, limit: recentLength) : .head
    }

    mutating func read(_ page: LogPage, of range: LogRange) throws(InvariantBroken) -> [Action] {
        guard case .catchingUp(var catchUp) = state else {
            throw InvariantBroken(.answer, expected: "no page", found: "a page while \(stateName)")
        }
        guard range == catchUp.asked else {
            throw InvariantBroken(.answer, expected: "a page of \(catchUp.asked)", found: "one of \(range)")
        }
        if catchUp.startsOver { return try startedOver(catchUp, page) }
        // A page after a real position has only new messages; after a made-up one, catching up might never end.
        guard page.head.recovers(cursor), page.reached.map({ $0.seq > cursor.id.seq }) ?? true else {
            if let shared = page.head.lastShared(with: cursor) {
                return goBack(to: RoomPosition(epoch: page.head.position.epoch, id: shared), catchUp)
            }
            catchUp.startsOver = true
            catchUp.missing = page.head.missing(after: cursor)
            (catchUp.asked, catchUp.askedFor) = (recentRange, catchUp.target)
            state = .catchingUp(catchUp)
            return [.read(recentRange)]
        }
        cursor.epoch = page.head.position.epoch
        let sameEpoch = catchUp.target.epoch == cursor.epoch
        let isThere = sameEpoch && max(cursor.id.seq, page.reached?.seq ?? 0) >= catchUp.target.id.seq
        let more = page.more || catchUp.hasMoved && !isThere
        var actions = try write(page, more: more, of: &catchUp)
        if more { return actions + [readOn(catchUp)] }
        if sameEpoch, cursor.id.seq < catchUp.target.id.seq {
            // The end of the range is unreadable: skip it.
            actions += skip(to: catchUp.target.id, &catchUp)
        }
        return actions + settle(catchUp)
    }

    /// The log has replaced what the user has after `position`.
    private mutating func goBack(to position: RoomPosition, _ catchUp: CatchUp) -> [Action] {
        cursor = position
        var catchUp = catchUp
        if case .joined = catchUp.answer {
            catchUp.goesBack = true
            return [readOn(catchUp)]
        }
        catchUp.answer = .silent
        return writeReset(nil, [], more: false) + [readOn(catchUp)]
    }

    /// What to read again after a failed read.
    mutating func readFailed() throws(InvariantBroken) -> [Action] {
        guard case .catchingUp(var catchUp) = state else {
            throw InvariantBroken(.answer, expected: "no page", found: "a failed read while \(stateName)")
        }
        guard catchUp.startsOver else { return [readOn(catchUp)] }
        catchUp.askedFor = catchUp.target
        state = .catchingUp(catchUp)
        return [.read(catchUp.asked)]
    }

    private var stateName: String {
        switch state {
        case .joining: "joining"
        case .replacing: "replacing"
        case .catchingUp: "catching up"
        case .live: "live"
        }
    }

    /// Ends the catch-up: writes what was delivered meanwhile, then live.
    private mutating func settle(_ catchUp: CatchUp) -> [Action] {
        state = .live
        var actions: [Action] = []
        for (index, delivery) in catchUp.waiting.enumerated() {
            let next = follow(delivery)
            if case .catchingUp(var again) = state {
                again.waiting += catchUp.waiting[(index + 1)...]
                again.waitingBytes = again.waiting.reduce(0) { $0 + $1.size }
                state = .catchingUp(again)
                return actions + next
            }
            actions += next
        }
        return actions
    }

    // MARK: Pages of the log become frames

    /// Writes a page of a log that recovers the cursor, and moves the cursor past it.
    private mutating func write(
        _ page: LogPage, more: Bool, of catchUp: inout CatchUp
    ) throws(InvariantBroken) -> [Action] {
        var actions: [Action] = []
        var split = try PageRuns(of: page.messages, after: cursor.id, skipping: skipped)
        let leading = split.takeLeading()
        let runs = split.runs
        actions += writeLeading(leading, more: more && runs.isEmpty, &catchUp)
        for (index, run) in runs.enumerated() {
            let more = catchUp.answer == .resume && more && index == runs.count - 1
            actions += writeReset(run.missing, run.messages, more: more)
        }
        if let last = page.messages.last(where: { !skipped.contains($0.id) })?.id, last.seq > cursor.id.seq {
            cursor.id = last
        }
        if let reached = page.reached, reached.seq > cursor.id.seq { actions += skip(to: reached, &catchUp) }
        return actions
    }

    /// Skips unreadable messages: the user gets a `reset`, and the cursor moves past them.
    private mutating func skip(to id: MessageID, _ catchUp: inout CatchUp) -> [Action] {
        let missing = ServerFrame.Missing(from: cursor.id.next, to: id)
        cursor.id = id
        return writeReset(missing, [], more: false)
    }

    /// The newest messages instead of a position that cannot be recovered.
    private mutating func startedOver(_ catchUp: CatchUp, _ page: LogPage) throws(InvariantBroken) -> [Action] {
        let messages = try PageRuns.newest(of: page.messages, skipping: skipped)
        cursor = page.head.position
        var actions: [Action] = []
        switch catchUp.answer {
        case .joined(let roster):
            let joined = ServerFrame.Joined(
                room: room, position: cursor, recovered: false, missing: catchUp.missing, messages: messages,
                more: false, members: roster.members, memberCount: roster.memberCount, rules: roster.rules)
            actions.append(.write(.joined(joined)))
            if since != nil { actions.append(.resumed(complete: false)) }
        case .resume, .silent:
            actions += writeReset(catchUp.missing, messages, more: false)
        }
        let isBehind = catchUp.target.epoch != cursor.epoch || catchUp.target.id.seq > cursor.id.seq
        guard catchUp.hasMoved, isBehind else { return actions + settle(catchUp) }
        var rest = catchUp
        rest.answer = .silent
        rest.startsOver = false
        return actions + [readOn(rest)]
    }

    private mutating func writeLeading(_ messages: [ChatMessage], more: Bool, _ catchUp: inout CatchUp) -> [Action] {
        switch catchUp.answer {
        case .joined(let roster):
            catchUp.answer = more ? .resume : .silent
            // Without more pages, the position is where the messages end: the client may adopt it. They are of its epoch.
            let end = RoomPosition(epoch: cursor.epoch, id: messages.last?.id ?? cursor.id)
            let isAhead = more && catchUp.target.epoch == cursor.epoch
            let joined = ServerFrame.Joined(
                room: room, position: isAhead ? catchUp.target : end, recovered: !catchUp.goesBack, missing: nil,
                messages: messages, more: more, members: roster.members, memberCount: roster.memberCount,
                rules: roster.rules)
            return [.write(.joined(joined)), .resumed(complete: !catchUp.goesBack)]
        case .resume:
            if !more { catchUp.answer = .silent }
            return [.write(.resume(room: room, epoch: cursor.epoch, messages: messages, more: more))]
        case .silent:
            return messages.isEmpty ? [] : [.writeMessages(messages, cursor.epoch)]
        }
    }

    /// A plain client is promised nothing across a gap: it just gets the messages.
    private func writeReset(_ missing: ServerFrame.Missing?, _ messages: [ChatMessage], more: Bool) -> [Action] {
        guard mode == .v1 else { return messages.isEmpty ? [] : [.writeMessages(messages, cursor.epoch)] }
        let position = RoomPosition(epoch: cursor.epoch, id: messages.last?.id ?? missing?.to ?? cursor.id)
        let reset = ServerFrame.Reset(
            room: room, position: position, recovered: false, missing: missing, messages: messages, more: more)
        return [.write(.reset(reset))]
    }
}
