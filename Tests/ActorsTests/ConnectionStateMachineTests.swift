import ChatModel
import NIOCore
import TestSupport
import Testing

@testable import Actors

@Suite("ConnectionStateMachine")
struct ConnectionStateMachineTests {
    private typealias Action = ConnectionStateMachine.Action
    private let room = RoomName("den")!
    private let roster = Roster(members: [], memberCount: 0)

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

    private func delivery(_ messages: [ChatMessage], _ epoch: Epoch) -> Delivery {
        Delivery(
            epoch: epoch, first: messages[0].id, last: messages[messages.count - 1].id,
            frames: ByteBuffer(repeating: 0x20, count: messages.count * 10))
    }

    private func log(of count: Int) -> ModelLog {
        var log = ModelLog()
        for _ in 0..<count { log.append() }
        return log
    }

    private func joined(
        _ log: ModelLog, recovered: Bool, missing: ServerFrame.Missing? = nil, _ messages: [ChatMessage], more: Bool
    ) -> Action {
        .write(
            .joined(
                .init(
                    room: room, position: log.position, recovered: recovered, missing: missing, messages: messages,
                    more: more, members: [], memberCount: 0)))
    }

    @Test func aNewcomerGetsTheNewestMessages() {
        let log = log(of: 5)
        var machine = machine()
        let actions = machine.joined(at: log.position, roster)
        #expect(actions == [.read(.backward(before: nil, limit: 2))])
        let page = log.page(.backward(before: nil, limit: 2))
        #expect(machine.read(page) == [joined(log, recovered: false, Array(log.messages.suffix(2)), more: false)])
        #expect(machine.cursor == log.position)
    }

    @Test func whoHasMissedNothingIsAnsweredWithoutReading() {
        let log = log(of: 5)
        var machine = machine(since: .position(log.position))
        let actions = machine.joined(at: log.position, roster)
        #expect(actions == [joined(log, recovered: true, [], more: false), .resumed(complete: true)])
    }

    @Test func whatWasMissedComesPageByPage() {
        var log = log(of: 1)
        var machine = machine(since: .position(log.position))
        for _ in 0..<5 { log.append() }
        let first = LogRange.forward(after: log.messages[0].id, through: log.head, limit: 3)
        #expect(machine.joined(at: log.position, roster) == [.read(first)])
        let second = LogRange.forward(after: log.messages[3].id, through: log.head, limit: 3)
        let messages = log.messages
        #expect(
            machine.read(log.page(first)) == [
                joined(log, recovered: true, Array(messages[1...3]), more: true), .resumed(complete: true),
                .read(second),
            ])
        #expect(
            machine.read(log.page(second)) == [
                .write(.resume(room: room, epoch: log.epoch, messages: Array(messages[4...5]), more: false))
            ])
        #expect(machine.cursor == log.position)
    }

    @Test func whatIsDeliveredDuringTheCatchUpComesAfterIt() {
        var log = log(of: 1)
        var machine = machine(since: .position(log.position))
        log.append()
        guard case .read(let range) = machine.joined(at: log.position, roster).first else {
            Issue.record("no read")
            return
        }
        let live = delivery([log.append()], log.epoch)
        let follows = machine.follows(live)
        #expect(!follows)
        #expect(machine.delivered(live) == [])
        #expect(machine.read(log.page(range)).last == .writeFrames(live.frames))
        #expect(machine.cursor == log.position)
    }

    @Test func whatIsDeliveredBeyondTheBufferIsReadFromTheLog() {
        var log = log(of: 1)
        var machine = machine(since: .position(log.position))
        log.append()
        let range = LogRange.forward(after: log.messages[0].id, through: log.head, limit: 3)
        #expect(machine.joined(at: log.position, roster) == [.read(range)])
        for _ in 0..<5 { _ = machine.delivered(delivery([log.append()], log.epoch)) }
        let next = LogRange.forward(after: log.messages[1].id, through: log.head, limit: 3)
        #expect(machine.read(log.page(range)).last == .read(next))
    }

    /// Acts have no frames for a plain client.
    @Test func whatHasNoFramesIsReadFromTheLogTooWhenItIsMuch() {
        var log = log(of: 1)
        var machine = machine(mode: .plain)
        _ = machine.joined(at: log.position, roster)
        log.append()
        for _ in 0..<5 {
            let act = log.append()
            _ = machine.delivered(Delivery(epoch: log.epoch, first: act.id, last: act.id, frames: ByteBuffer()))
        }
        guard case .catchingUp(let catchUp) = machine.state else {
            Issue.record("a gap was passed over")
            return
        }
        #expect(catchUp.waiting.isEmpty)
        #expect(catchUp.target == log.position)
    }

    @Test func aTrimmedLogTellsWhatIsMissing() {
        var log = log(of: 2)
        var machine = machine(since: .position(log.position))
        let last = log.head
        for _ in 0..<6 { log.append() }
        log.trim(toLast: 2)
        guard case .read(let range) = machine.joined(at: log.position, roster).first else {
            Issue.record("no read")
            return
        }
        #expect(machine.read(log.page(range)) == [.read(.backward(before: nil, limit: 2))])
        let missing = ServerFrame.Missing(
            from: MessageID(ms: last.ms, seq: 3), to: MessageID(ms: log.messages[0].id.ms, seq: 6))
        #expect(
            machine.read(log.page(.backward(before: nil, limit: 2))) == [
                joined(log, recovered: false, missing: missing, log.messages, more: false), .resumed(complete: false),
            ])
    }

    @Test func aHoleInTheLogIsSkippedAndTold() {
        var log = log(of: 1)
        var machine = machine(since: .position(log.position))
        _ = machine.joined(at: log.position, roster)
        let batch = [log.append(), log.append(), log.append()]
        log.corrupt(seq: 3)
        let jump = delivery([batch[2]], log.epoch)
        let follows = machine.follows(jump)
        #expect(!follows)
        #expect(
            machine.delivered(jump) == [
                .read(.forward(after: log.messages[0].id, through: log.head, limit: 3))
            ])
        let page = log.page(.forward(after: log.messages[0].id, through: log.head, limit: 3))
        let missing = ServerFrame.Missing(
            from: MessageID(ms: batch[0].id.ms, seq: 3), to: MessageID(ms: batch[2].id.ms, seq: 3))
        #expect(
            machine.read(page) == [
                .writeMessages([batch[0]], log.epoch),
                .write(
                    .reset(
                        .init(
                            room: room, position: log.position, recovered: false, missing: missing,
                            messages: [batch[2]], more: false))),
            ])
    }

    @Test func aPositionThatWasMadeUpIsNotReadForEver() {
        let log = log(of: 9)
        let forged = RoomPosition(epoch: log.epoch, id: MessageID(ms: 0, seq: 8))
        var machine = machine(since: .position(forged))
        guard case .read(let range) = machine.joined(at: log.position, roster).first else {
            Issue.record("no read")
            return
        }
        #expect(machine.read(log.page(range)) == [.read(.backward(before: nil, limit: 2))])
    }

    @Test func aLogThatWasSetBackIsTold() {
        var log = log(of: 5)
        var machine = machine(since: .position(log.position))
        _ = machine.joined(at: log.position, roster)
        log.setBack(to: 3)
        #expect(machine.realigned(to: log.position) == [.read(.head)])
        #expect(machine.read(log.page(.head)) == [.read(.backward(before: nil, limit: 2))])
        let told = machine.read(log.page(.backward(before: nil, limit: 2)))
        guard case .write(.reset(let reset)) = told.first else {
            Issue.record("no reset")
            return
        }
        #expect(reset.position == log.position && !reset.recovered)
        #expect(machine.cursor == log.position)
    }

    @Test func aPlainMemberStartsAtThePosition() {
        var log = log(of: 3)
        var machine = machine(mode: .plain)
        #expect(machine.joined(at: log.position, roster) == [])
        let follows = machine.follows(delivery([log.append()], log.epoch))
        #expect(follows)
    }

    /// A user with a connection that fails, falls behind, leaves and comes back, in a room whose log is flushed,
    /// trimmed, holed and failed over, sees every message once, in order, and every hole is told.
    @Test(arguments: 0..<300 as Range<UInt64>)
    func theUserSeesEverythingOnceOrIsTold(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var log = log(of: Int.random(in: 0...4, using: &generator))
        var judge = Judge(seed: seed)
        var machine = machine()
        var reads: [LogRange] = []
        var roomPosition = log.position

        func take(_ actions: [Action]) {
            for action in actions {
                switch action {
                case .read(let range): reads.append(range)
                case .write(let frame): judge.see(frame)
                case .writeMessages(let messages, let epoch): for message in messages { judge.see(message, epoch) }
                case .writeFrames(let frames): judge.seeBatch(frames)
                case .resumed: break
                }
            }
        }
        func deliver() {
            let news = log.messages.filter { $0.id.seq > roomPosition.id.seq }
            guard roomPosition.epoch == log.epoch || roomPosition == .start, !news.isEmpty,
                news[0].id.seq == roomPosition.id.seq + 1, news.last?.id == log.head,
                news.count == Int(log.head.seq - roomPosition.id.seq)
            else {
                roomPosition = log.position
                return take(machine.realigned(to: roomPosition))
            }
            roomPosition = log.position
            let batch = Delivery(
                epoch: log.epoch, first: news[0].id, last: log.head, frames: judge.frames(for: news, log.epoch))
            if machine.follows(batch) { judge.seeBatch(batch.frames) } else { take(machine.delivered(batch)) }
        }
        take(machine.joined(at: roomPosition, roster))
        for _ in 0..<300 {
            switch Int.random(in: 0..<100, using: &generator) {
            case 0..<40: log.append()
            case 40..<65: deliver()
            case 65..<85: if !reads.isEmpty { take(machine.read(log.page(reads.removeFirst()))) }
            case 85..<89:
                deliver()
                machine = self.machine(resuming: machine.resumePoint)
                reads = []
                take(machine.joined(at: roomPosition, roster))
            case 89..<93:
                deliver()
                reads = []
                machine = self.machine(since: .position(judge.position))
                judge.reconnect()
                take(machine.joined(at: roomPosition, roster))
            case 93: log.flush()
            case 94: log.trim(toLast: 2)
            case 95: if log.head.seq > 2 { log.corrupt(seq: log.head.seq - 1) }
            case 96:
                let kept = log.head.seq - min(log.head.seq, UInt64.random(in: 0..<3, using: &generator))
                log.failOver(keepingUpTo: kept, tag: UInt32.random(in: 1...1_000, using: &generator))
            default: break
            }
        }
        deliver()
        var rounds = 0
        while !reads.isEmpty && rounds < 1_000 {
            take(machine.read(log.page(reads.removeFirst())))
            rounds += 1
        }
        // A new tag is told with the next message; until then the fork recovers the old one.
        #expect(judge.position.epoch.random == log.epoch.random && judge.position.id == log.head, "seed \(seed)")
    }
}

/// Sees what the user sees.
private struct Judge {
    let seed: UInt64
    private(set) var position = RoomPosition.start
    private var mayJump = true
    private var batches: [[(ChatMessage, Epoch)]] = []

    init(seed: UInt64) {
        self.seed = seed
    }

    /// Frames whose content is a number: that of the batch.
    mutating func frames(for messages: [ChatMessage], _ epoch: Epoch) -> ByteBuffer {
        batches.append(messages.map { ($0, epoch) })
        return ByteBuffer(integer: UInt64(batches.count - 1))
    }

    mutating func seeBatch(_ frames: ByteBuffer) {
        var frames = frames
        guard let index = frames.readInteger(as: UInt64.self) else { return }
        for (message, epoch) in batches[Int(index)] { see(message, epoch) }
    }

    mutating func see(_ message: ChatMessage, _ epoch: Epoch) {
        if !mayJump {
            let next = message.id.seq == position.id.seq + 1
            let sameLife = epoch.random == position.epoch.random || position == .start
            #expect(next && sameLife, "seed \(seed): \(message.id) \(epoch) after \(position)")
        }
        mayJump = false
        position = RoomPosition(epoch: epoch, id: message.id)
    }

    mutating func reconnect() {
        mayJump = false
    }

    mutating func see(_ frame: ServerFrame) {
        switch frame {
        case .joined(let joined):
            mayJump = mayJump || !joined.recovered
            for message in joined.messages { see(message, joined.position.epoch) }
            if !joined.recovered || joined.messages.isEmpty && !joined.more { position = joined.position }
            mayJump = false
        case .resume(_, let epoch, let messages, _):
            for message in messages { see(message, epoch) }
        case .reset(let reset):
            mayJump = true
            for message in reset.messages { see(message, reset.position.epoch) }
            position = reset.position
            mayJump = false
        default:
            Issue.record("unexpected frame")
        }
    }
}
