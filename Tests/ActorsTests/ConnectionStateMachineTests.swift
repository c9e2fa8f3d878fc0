import ChatModel
import ChatProtocol
import NIOCore
import TestSupport
import Testing

@testable import Actors

@Suite struct ConnectionStateMachineTests {
    private typealias Action = ConnectionStateMachine.Action
    private let room = RoomName("den")!
    private let roster = Roster(members: MemberList([]), memberCount: 0)

    private func machine(
        since: ClientFrame.Since? = nil, mode: JoinRequest.Mode = .v1,
        resuming point: ConnectionStateMachine.ResumePoint? = nil, skipping skipped: Set<MessageID> = []
    ) -> ConnectionStateMachine {
        var limits = ActorsConfiguration()
        limits.pageLength = 3
        limits.recentLength = 2
        limits.catchUpBufferBytes = 40
        return ConnectionStateMachine(
            room: room, mode: mode, since: since, limits: limits, resuming: point, skipping: skipped)
    }

    /// One that has begun to read what follows this message.
    private func reading(_ log: ModelLog, after id: MessageID) throws -> (ConnectionStateMachine, LogRange) {
        var machine = machine(since: .position(RoomPosition(epoch: log.epoch, id: id)))
        let range = LogRange.forward(after: id, through: log.head, limit: 3)
        #expect(try machine.joined(at: log.position, roster) == [.read(range)])
        return (machine, range)
    }

    private func delivery(_ messages: [ChatMessage], _ epoch: Epoch) -> Delivery {
        Delivery(
            epoch: epoch, first: messages[0].id, last: messages[messages.count - 1].id,
            frames: ByteBuffer(repeating: 0x20, count: messages.count * 10))
    }

    private let recent = LogRange.backward(before: nil, limit: 2)

    private func joined(
        _ log: ModelLog, recovered: Bool, missing: ServerFrame.Missing? = nil, _ messages: [ChatMessage], more: Bool
    ) -> Action {
        .write(
            .joined(
                .init(
                    room: room, position: log.position, recovered: recovered, missing: missing, messages: messages,
                    more: more, members: MemberList([]), memberCount: 0)))
    }

    @Test func aNewcomerGetsTheNewestMessages() throws {
        let log = ModelLog(of: 5)
        var machine = machine()
        #expect(try machine.joined(at: log.position, roster) == [.read(recent)])
        let answer = joined(log, recovered: false, Array(log.messages.suffix(2)), more: false)
        #expect(try machine.read(log.page(recent), of: recent) == [answer])
        #expect(machine.cursor == log.position)
    }

    @Test func aMemberThatMissedNothingIsAnsweredWithoutARead() throws {
        let log = ModelLog(of: 5)
        var machine = machine(since: .position(log.position))
        let actions = try machine.joined(at: log.position, roster)
        #expect(actions == [joined(log, recovered: true, [], more: false), .resumed(complete: true)])
    }

    @Test func missedMessagesAreReadPageByPage() throws {
        let log = ModelLog(of: 6)
        var (machine, first) = try reading(log, after: log.messages[0].id)
        let second = LogRange.forward(after: log.messages[3].id, through: log.head, limit: 3)
        let messages = log.messages
        #expect(
            try machine.read(log.page(first), of: first) == [
                joined(log, recovered: true, Array(messages[1...3]), more: true), .resumed(complete: true),
                .read(second),
            ])
        #expect(
            try machine.read(log.page(second), of: second) == [
                .write(.resume(room: room, epoch: log.epoch, messages: Array(messages[4...5]), more: false))
            ])
        #expect(machine.cursor == log.position)
    }

    @Test func messagesDeliveredDuringTheCatchUpFollowIt() throws {
        var log = ModelLog(of: 2)
        var (machine, range) = try reading(log, after: log.messages[0].id)
        let live = delivery([log.append()], log.epoch)
        let follows = machine.follows(live)
        #expect(!follows)
        #expect(try machine.delivered(live) == [])
        #expect(try machine.read(log.page(range), of: range).last == .writeFrames(live.frames))
        #expect(machine.cursor == log.position)
    }

    @Test func messagesBeyondTheBufferAreReadFromTheLog() throws {
        var log = ModelLog(of: 2)
        var (machine, range) = try reading(log, after: log.messages[0].id)
        for _ in 0..<5 { _ = try machine.delivered(delivery([log.append()], log.epoch)) }
        let next = LogRange.forward(after: log.messages[1].id, through: log.head, limit: 3)
        let page = try machine.read(log.page(range), of: range)
        #expect(page.last == .read(next))
        guard case .write(.joined(let joined)) = page.first else {
            Issue.record("not joined")
            return
        }
        #expect(joined.more && joined.position == log.position, "the rest comes as `resume` pages")
    }

    /// Acts have no frames for a plain client.
    @Test func manyEntriesWithoutFramesAreReadFromTheLogToo() throws {
        var log = ModelLog(of: 1)
        var machine = machine(mode: .plain)
        _ = try machine.joined(at: log.position, roster)
        log.append()
        for _ in 0..<5 {
            let act = log.append()
            _ = try machine.delivered(Delivery(epoch: log.epoch, first: act.id, last: act.id, frames: ByteBuffer()))
        }
        guard case .catchingUp(let catchUp) = machine.state else {
            Issue.record("a gap was passed over")
            return
        }
        #expect(catchUp.waiting.isEmpty)
        #expect(catchUp.target == log.position)
    }

    @Test func aTrimmedLogReportsTheGap() throws {
        var log = ModelLog(of: 2)
        let last = log.head
        for _ in 0..<6 { log.append() }
        log.trim(toLast: 2)
        var (machine, range) = try reading(log, after: last)
        #expect(try machine.read(log.page(range), of: range) == [.read(recent)])
        let missing = ServerFrame.Missing(
            from: MessageID(ms: last.ms, seq: 3), to: MessageID(ms: log.messages[0].id.ms, seq: 6))
        #expect(
            try machine.read(log.page(recent), of: recent) == [
                joined(log, recovered: false, missing: missing, log.messages, more: false), .resumed(complete: false),
            ])
    }

    @Test func aHoleInTheLogIsSkippedAndReported() throws {
        var log = ModelLog(of: 1)
        var machine = machine(since: .position(log.position))
        _ = try machine.joined(at: log.position, roster)
        let batch = [log.append(), log.append(), log.append()]
        log.corrupt(seq: 3)
        let jump = delivery([batch[2]], log.epoch)
        let follows = machine.follows(jump)
        #expect(!follows)
        let range = LogRange.forward(after: log.messages[0].id, through: log.head, limit: 3)
        #expect(try machine.delivered(jump) == [.read(range)])
        let missing = ServerFrame.Missing(
            from: MessageID(ms: batch[0].id.ms, seq: 3), to: MessageID(ms: batch[2].id.ms, seq: 3))
        #expect(
            try machine.read(log.page(range), of: range) == [
                .writeMessages([batch[0]], log.epoch),
                .write(
                    .reset(
                        .init(
                            room: room, position: log.position, recovered: false, missing: missing,
                            messages: [batch[2]], more: false))),
            ])
    }

    /// After a failover that lost the end, far more than the newest messages may be new.
    @Test func aMemberWithAReplacedEndGetsAllThatReplacesIt() throws {
        var log = ModelLog(of: 5)
        var machine = machine(since: .position(log.position))
        _ = try machine.joined(at: log.position, roster)
        let old = log.head
        log.failOver(keepingUpTo: 3, tag: 0xB)
        let shared = log.head
        for _ in 0..<9 { log.append() }
        var actions = try machine.realigned(to: log.position)
        #expect(actions == [.read(.forward(after: old, through: nil, limit: 3))])
        actions = try machine.read(
            log.page(.forward(after: old, through: nil, limit: 3)), of: .forward(after: old, through: nil, limit: 3))
        let reset = ServerFrame.Reset(
            room: room, position: RoomPosition(epoch: log.epoch, id: shared), recovered: false, missing: nil,
            messages: [], more: false)
        #expect(actions.first == .write(.reset(reset)))
        #expect(try followed(&machine, actions, log).map(\.seq) == Array(4...12))
    }

    @Test func whoResumesAfterAReplacedEndGetsAllThatReplacesIt() throws {
        var log = ModelLog(of: 5)
        let since = log.position
        log.failOver(keepingUpTo: 3, tag: 0xB)
        for _ in 0..<9 { log.append() }
        var machine = machine(since: .position(since))
        let actions = try machine.joined(at: log.position, roster)
        #expect(try followed(&machine, actions, log).map(\.seq) == Array(4...12))
        #expect(machine.cursor == log.position)
    }

    /// Reads until nothing more is asked for.
    /// - Returns: the messages written.
    private func followed(
        _ machine: inout ConnectionStateMachine, _ first: [ConnectionStateMachine.Action], _ log: ModelLog
    ) throws -> [MessageID] {
        var (actions, written) = (first, [] as [MessageID])
        while !actions.isEmpty {
            var next: [ConnectionStateMachine.Action] = []
            for action in actions {
                switch action {
                case .read(let range): next += try machine.read(log.page(range), of: range)
                case .writeMessages(let messages, _): written += messages.map(\.id)
                case .write(.joined(let joined)):
                    #expect(!joined.recovered)
                    written += joined.messages.map(\.id)
                case .write(.resume(_, _, let messages, _)): written += messages.map(\.id)
                case .write, .writeFrames, .resumed: break
                }
            }
            actions = next
        }
        return written
    }

    @Test func aForgedPositionIsNotReadForever() throws {
        let log = ModelLog(of: 9)
        var (machine, range) = try reading(log, after: MessageID(ms: 0, seq: 8))
        #expect(try machine.read(log.page(range), of: range) == [.read(recent)])
    }

    @Test func aLogThatWentBackIsReported() throws {
        var log = ModelLog(of: 5)
        var machine = machine(since: .position(log.position))
        _ = try machine.joined(at: log.position, roster)
        log.setBack(to: 3)
        #expect(try machine.realigned(to: log.position) == [.read(.head)])
        #expect(try machine.read(log.page(.head), of: .head) == [.read(recent)])
        let told = try machine.read(log.page(recent), of: recent)
        guard case .write(.reset(let reset)) = told.first else {
            Issue.record("no reset")
            return
        }
        #expect(reset.position == log.position && !reset.recovered)
        #expect(machine.cursor == log.position)
    }

    @Test func aPlainMemberStartsAtThePosition() throws {
        var log = ModelLog(of: 3)
        var machine = machine(mode: .plain)
        #expect(try machine.joined(at: log.position, roster) == [])
        let follows = machine.follows(delivery([log.append()], log.epoch))
        #expect(follows)
    }

    @Test func impossibleEventsBreakAnInvariant() throws {
        let log = ModelLog(of: 2)
        let batch = delivery([log.messages[0]], log.epoch)
        var joining = machine()
        #expect(throws: InvariantBroken.self) { try joining.delivered(batch) }
        #expect(throws: InvariantBroken.self) { try joining.realigned(to: log.position) }
        #expect(throws: InvariantBroken.self) { try joining.read(log.page(.head), of: .head) }
        var live = machine(since: .position(log.position))
        _ = try live.joined(at: log.position, roster)
        #expect(throws: InvariantBroken.self) { try live.joined(at: log.position, roster) }
        #expect(throws: InvariantBroken.self) { try live.read(log.page(.head), of: .head) }
        #expect(throws: InvariantBroken.self) { try live.readFailed() }
        let backwards = Delivery(
            epoch: log.epoch, first: log.messages[1].id, last: log.messages[0].id, frames: ByteBuffer())
        #expect(throws: InvariantBroken.self) { try live.delivered(backwards) }
        var reading = machine(since: .position(.start))
        _ = try reading.joined(at: log.position, roster)
        #expect(throws: InvariantBroken.self) { try reading.read(log.page(.head), of: .head) }
    }

    @Test func anUnorderedPageNamesTheMessage() throws {
        let log = ModelLog(of: 3)
        var (machine, range) = try reading(log, after: log.messages[0].id)
        let page = LogPage(
            head: log.page(.head).head, messages: [log.messages[2], log.messages[1]], more: false, reached: log.head)
        let error = #expect(throws: InvariantBroken.self) { try machine.read(page, of: range) }
        #expect(error?.rule == .order && error?.message == log.messages[1].id)
    }

    /// A user with a connection that fails, falls behind, leaves and reconnects, in a room whose log is flushed, trimmed,
    /// holed and failed over, and to which impossible things happen, sees every message once, in order, and every hole is
    /// told.
    @Test(arguments: 0..<300 as Range<UInt64>)
    func theUserSeesEveryMessageOnceOrAReportedGap(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var log = ModelLog(of: Int.random(in: 0...4, using: &generator))
        log.knowsForks = seed.isMultiple(of: 2)
        var judge = Judge(seed: seed)
        var machine = machine()
        // Half of the pages are older than what is delivered while they are on their way.
        var reads: [(range: LogRange, page: LogPage?)] = []
        var roomPosition = log.position

        func take(_ actions: [Action]) {
            for action in actions {
                switch action {
                case .read(let range):
                    reads.append((range, Bool.random(using: &generator) ? log.page(range) : nil))
                case .write(let frame): judge.see(frame)
                case .writeMessages(let messages, let epoch): for message in messages { judge.see(message, epoch) }
                case .writeFrames(let frames): judge.seeBatch(frames)
                case .resumed: break
                }
            }
        }
        func attempt(_ event: (inout ConnectionStateMachine) throws(InvariantBroken) -> [Action]) throws {
            do {
                take(try event(&machine))
            } catch {
                machine = self.machine(resuming: machine.resumePoint)
                reads = []
                take(try machine.joined(at: roomPosition, roster))
            }
        }
        func answer() throws {
            guard !reads.isEmpty else { return }
            let (range, page) = reads.removeFirst()
            try attempt { machine throws(InvariantBroken) in try machine.read(page ?? log.page(range), of: range) }
        }
        /// What no room and no log does. Until a member is placed it would lose its `joined`.
        func doTheImpossible() throws {
            guard !machine.owesJoined else { return }
            switch Int.random(in: 0..<4, using: &generator) {
            case 0:
                try attempt { machine throws(InvariantBroken) in
                    try machine.read(log.page(.head), of: .backward(before: .zero, limit: 1))
                }
            case 1:
                try attempt { machine throws(InvariantBroken) in try machine.joined(at: roomPosition, roster) }
            case 2:
                let last = MessageID(ms: 1, seq: 1)
                let disordered = Delivery(
                    epoch: log.epoch, first: MessageID(ms: 1, seq: 2), last: last, frames: ByteBuffer())
                try attempt { machine throws(InvariantBroken) in try machine.delivered(disordered) }
            default:
                // It has forgotten what it reads.
                machine.state = .live
            }
        }
        func deliver() throws {
            let news = log.messages.filter { $0.id.seq > roomPosition.id.seq }
            guard roomPosition.epoch == log.epoch || roomPosition == .start, !news.isEmpty,
                news[0].id.seq == roomPosition.id.seq + 1, news.last?.id == log.head,
                news.count == Int(log.head.seq - roomPosition.id.seq)
            else {
                roomPosition = log.position
                return try attempt { machine throws(InvariantBroken) in try machine.realigned(to: roomPosition) }
            }
            roomPosition = log.position
            let batch = Delivery(
                epoch: log.epoch, first: news[0].id, last: log.head, frames: judge.frames(for: news, log.epoch))
            guard !machine.follows(batch) else { return judge.seeBatch(batch.frames) }
            try attempt { machine throws(InvariantBroken) in try machine.delivered(batch) }
        }
        try take(machine.joined(at: roomPosition, roster))
        for _ in 0..<300 {
            switch Int.random(in: 0..<100, using: &generator) {
            case 0..<40: log.append()
            case 40..<65: try deliver()
            case 65..<85: try answer()
            case 85..<89:
                try deliver()
                machine = self.machine(resuming: machine.resumePoint)
                reads = []
                try take(machine.joined(at: roomPosition, roster))
            case 89..<93:
                try deliver()
                reads = []
                machine =
                    Bool.random(using: &generator) ? self.machine(since: .position(judge.position)) : self.machine()
                judge.reconnect()
                // Another node's room may be behind the one that the user comes from.
                if let earlier = log.messages.suffix(3).randomElement(using: &generator), Bool.random(using: &generator)
                {
                    roomPosition = RoomPosition(epoch: log.epoch, id: earlier.id)
                }
                try take(machine.joined(at: roomPosition, roster))
            case 93: log.flush()
            case 94: log.trim(toLast: 2)
            case 95: if log.head.seq > 2 { log.corrupt(seq: log.head.seq - 1) }
            case 96:
                let kept = log.head.seq - min(log.head.seq, UInt64.random(in: 0..<3, using: &generator))
                log.failOver(keepingUpTo: kept, tag: UInt32.random(in: 1...1_000, using: &generator))
            case 97..<99: try doTheImpossible()
            default: break
            }
        }
        try deliver()
        var rounds = 0
        while !reads.isEmpty && rounds < 1_000 {
            try answer()
            rounds += 1
        }
        // A new tag is told with the next message; until then the fork recovers the old one.
        #expect(judge.position.epoch.random == log.epoch.random && judge.position.id == log.head, "seed \(seed)")
    }
}
