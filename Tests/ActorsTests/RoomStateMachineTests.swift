import ChatModel
import TestSupport
import Testing

@testable import Actors

@Suite struct RoomStateMachineTests {
    private static func following(_ log: ModelLog) throws -> RoomStateMachine {
        var machine = RoomStateMachine(inherited: nil, bufferLimit: 8)
        #expect(try machine.subscribed() == [.readHead])
        #expect(try machine.headRead(log.page(.head).head) == [.ready(at: log.position)])
        return machine
    }

    @Test func theRoomStartsAtTheHeadAndDeliversWhatFollows() throws {
        var log = ModelLog(of: 1)
        var machine = try Self.following(log)
        #expect(machine.isReady && machine.position == log.position)
        #expect(machine.heard(log.append(), epoch: log.epoch) == .deliver)
        #expect(machine.position == log.position)
    }

    @Test func theFirstMessageOfAnEmptyRoomIsNotAReset() throws {
        var log = ModelLog()
        var machine = try Self.following(log)
        #expect(machine.position == .start)
        #expect(machine.heard(log.append(), epoch: log.epoch) == .deliver)
    }

    @Test func messagesAtOrBelowThePositionAreDropped() throws {
        var log = ModelLog()
        let first = log.append()
        var machine = try Self.following(log)
        #expect(machine.heard(first, epoch: log.epoch) == .duplicate)
    }

    @Test func aGapIsFilledBeforeNewerMessages() throws {
        var log = ModelLog(of: 1)
        var machine = try Self.following(log)
        let lost = log.append()
        let heard = log.append()
        #expect(machine.heard(heard, epoch: log.epoch) == .fill)
        let late = log.append()
        #expect(machine.heard(late, epoch: log.epoch) == .wait)
        let page = log.page(.forward(after: machine.position.id, through: nil, limit: 200))
        let expected = [lost, heard, late].map { RoomStateMachine.Action.deliver($0, log.epoch) }
        #expect(try machine.filled(by: page) == expected)
        #expect(machine.position == log.position)
    }

    @Test func messagesHeardDuringTheHeadReadAreKept() throws {
        var log = ModelLog(of: 1)
        var machine = RoomStateMachine(inherited: nil, bufferLimit: 8)
        _ = try machine.subscribed()
        let head = log.page(.head).head
        let next = log.append()
        #expect(machine.heard(next, epoch: log.epoch) == .wait)
        #expect(try machine.headRead(head) == [.ready(at: head.position), .deliver(next, log.epoch)])
    }

    @Test func aSuccessorOfASuccessorKnowsThePosition() throws {
        let log = ModelLog(of: 1)
        let machine = try Self.following(log)
        let successor = RoomStateMachine(inherited: machine.knownPosition, bufferLimit: 8)
        #expect(!successor.isReady && successor.knownPosition == log.position)
        #expect(RoomStateMachine(inherited: nil, bufferLimit: 8).knownPosition == nil)
    }

    @Test func aNewEpochRealignsTheMembers() throws {
        var log = ModelLog(of: 5)
        var machine = try Self.following(log)
        log.flush()
        let first = log.append()
        #expect(machine.heard(first, epoch: log.epoch) == .fill)
        #expect(
            try machine.filled(by: log.page(.forward(after: machine.position.id, through: nil, limit: 9))) == [.realign]
        )
        #expect(machine.position == log.position)
    }

    @Test func aLosslessFailoverContinues() throws {
        var log = ModelLog(of: 3)
        var machine = try Self.following(log)
        log.failOver(keepingUpTo: 3, tag: 0xB)
        let next = log.append()
        #expect(machine.heard(next, epoch: log.epoch) == .fill)
        let page = log.page(.forward(after: machine.position.id, through: nil, limit: 9))
        #expect(try machine.filled(by: page) == [.deliver(next, log.epoch)])
    }

    @Test func aFailoverThatReusesNumbersIsDetected() throws {
        var log = ModelLog(of: 3)
        var machine = try Self.following(log)
        log.failOver(keepingUpTo: 2, tag: 0xB)
        log.append()
        let next = log.append()
        #expect(machine.heard(next, epoch: log.epoch) == .fill)
        let page = log.page(.forward(after: machine.position.id, through: nil, limit: 9))
        #expect(try machine.filled(by: page) == [.realign])
        #expect(machine.position == log.position)
    }

    @Test func aHeadThatIsAheadCountsOnlyIfItStaysAhead() throws {
        var log = ModelLog(of: 1)
        var machine = try Self.following(log)
        let next = log.append()
        let head = log.page(.head).head
        #expect(machine.compared(with: head, asked: machine.position, urgent: false) == .suspect)
        #expect(machine.heard(next, epoch: log.epoch) == .deliver)
        #expect(machine.compared(with: head, asked: machine.position, urgent: false) == .level)
    }

    @Test func aLostLastMessageIsReadFromTheLog() throws {
        var log = ModelLog(of: 1)
        var machine = try Self.following(log)
        let lost = log.append()
        let head = log.page(.head).head
        #expect(machine.compared(with: head, asked: machine.position, urgent: false) == .suspect)
        #expect(machine.compared(with: head, asked: machine.position, urgent: false) == .fill)
        let page = log.page(.forward(after: machine.position.id, through: nil, limit: 9))
        #expect(try machine.filled(by: page) == [.deliver(lost, log.epoch)])
    }

    @Test(arguments: [true, false])
    func unreadableEntriesAtTheEndAreReported(stillThere: Bool) throws {
        var log = ModelLog(of: 1)
        var machine = try Self.following(log)
        let readable = log.append()
        log.append()
        #expect(machine.compared(with: log.page(.head).head, asked: machine.position, urgent: true) == .fill)
        // What cannot be read is skipped by the reader; what was deleted is not met at all.
        let page = LogPage(
            head: log.page(.head).head, messages: [readable], more: false,
            reached: stillThere ? log.position.id : readable.id)
        #expect(try machine.filled(by: page) == [.deliver(readable, log.epoch), .realign])
        #expect(machine.position == log.position)
    }

    @Test func aLogThatLostItsTailIsNotWaitedFor() throws {
        var log = ModelLog(of: 4)
        var machine = try Self.following(log)
        log.corrupt(seq: 4)
        let shorter = LogHead(
            position: RoomPosition(epoch: log.epoch, id: MessageID(ms: 1_003, seq: 3)), first: log.messages[0].id,
            forks: [])
        #expect(machine.compared(with: shorter, asked: machine.position, urgent: false) == .fill)
        let page = LogPage(head: shorter, messages: [], more: false, reached: nil)
        #expect(try machine.filled(by: page) == [.realign])
        #expect(machine.position == shorter.position)
    }

    @Test func impossibleEventsBreakAnInvariant() throws {
        let log = ModelLog(of: 1)
        let page = log.page(.head)
        var subscribing = RoomStateMachine(inherited: nil, bufferLimit: 8)
        #expect(throws: InvariantBroken.self) { try subscribing.headRead(page.head) }
        #expect(throws: InvariantBroken.self) { try subscribing.filled(by: page) }
        #expect(throws: InvariantBroken.self) { try subscribing.readFailed() }
        var following = try Self.following(log)
        #expect(throws: InvariantBroken.self) { try following.subscribed() }
        #expect(throws: InvariantBroken.self) { try following.headRead(page.head) }
        #expect(throws: InvariantBroken.self) { try following.filled(by: page) }
        #expect(throws: InvariantBroken.self) { try following.readFailed() }
    }

    /// Somebody else publishes on the room's channel what no node would: the room neither shows it nor stands still.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func forgedMessagesStopNobody(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var log = ModelLog(of: Int.random(in: 1...5, using: &generator))
        var machine = try Self.following(log)
        var delivered: [String] = []
        var expected: [String] = []
        var reads = 0

        func take(_ actions: [RoomStateMachine.Action]) {
            for action in actions {
                switch action {
                case .deliver(let message, _): delivered.append(message.text)
                case .fill: reads += 1
                case .realign: Issue.record("seed \(seed): nothing is missing")
                case .ready, .readHead: break
                }
            }
        }
        func hear(_ message: ChatMessage, _ epoch: Epoch) {
            switch machine.heard(message, epoch: epoch) {
            case .deliver: take([.deliver(message, epoch)])
            case .fill: reads += 1
            case .duplicate, .wait: break
            }
        }
        for _ in 0..<60 {
            if Bool.random(using: &generator) {
                let epochs = [log.epoch, Epoch(random: .max, tag: .max), Epoch(random: log.epoch.random, tag: .max)]
                let epoch = epochs.randomElement(using: &generator) ?? log.epoch
                let steps: [UInt64] = [1_000, 1_000_000, .max - log.head.seq]
                let seq = log.head.seq + (steps.randomElement(using: &generator) ?? 1_000)
                let id = MessageID(ms: [0, log.head.ms, .max].randomElement(using: &generator) ?? 0, seq: seq)
                hear(ChatMessage(id: id, user: UserID("r"), name: "rogue", text: "rogue", key: "", ts: 0), epoch)
            } else {
                let message = log.append()
                expected.append(message.text)
                hear(message, log.epoch)
            }
            while reads > 0, Bool.random(using: &generator) {
                reads -= 1
                try take(machine.filled(by: log.page(.forward(after: machine.position.id, through: nil, limit: 3))))
            }
        }
        while reads > 0 {
            reads -= 1
            try take(machine.filled(by: log.page(.forward(after: machine.position.id, through: nil, limit: 3))))
        }
        #expect(delivered == expected, "seed \(seed)")
        #expect(machine.position == log.position, "seed \(seed)")
    }

    /// Live messages are lost, doubled and reordered, the log is flushed and fails over; what the room delivers is in
    /// order within an epoch, without a doubled one, without a hole but for those told by `realign`, and reaches the
    /// head when the checks have run.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func messagesAreDeliveredInOrderWhateverIsLost(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var log = ModelLog()
        var machine = RoomStateMachine(inherited: nil, bufferLimit: 4)
        _ = try machine.subscribed()
        _ = try machine.headRead(log.page(.head).head)
        var seen = machine.position
        var onTheWay: [(ChatMessage, Epoch)] = []
        var reads = 0

        func take(_ actions: [RoomStateMachine.Action]) {
            for action in actions {
                switch action {
                case .deliver(let message, let epoch):
                    if epoch.random == seen.epoch.random || seen == .start {
                        #expect(message.id.seq > seen.id.seq, "seed \(seed)")
                    }
                    seen = RoomPosition(epoch: epoch, id: message.id)
                case .realign: seen = machine.position
                case .fill: reads += 1
                case .ready, .readHead: break
                }
            }
        }
        func read() throws {
            while reads > 0 {
                reads -= 1
                try take(machine.filled(by: log.page(.forward(after: machine.position.id, through: nil, limit: 3))))
            }
        }
        for _ in 0..<300 {
            switch Int.random(in: 0..<100, using: &generator) {
            case 0..<50: onTheWay.append((log.append(), log.epoch))
            case 50..<55: if let last = onTheWay.last { onTheWay.append(last) }
            case 55..<60: if !onTheWay.isEmpty { onTheWay.removeFirst() }
            case 60..<61: log.flush()
            case 61..<62:
                let kept = log.head.seq - min(log.head.seq, UInt64.random(in: 0..<3, using: &generator))
                log.failOver(keepingUpTo: kept, tag: UInt32.random(in: 1...1_000, using: &generator))
            case 62..<70: try read()
            default:
                guard !onTheWay.isEmpty else { continue }
                let (message, epoch) = onTheWay.removeFirst()
                switch machine.heard(message, epoch: epoch) {
                case .deliver: take([.deliver(message, epoch)])
                case .fill: reads += 1
                case .duplicate, .wait: break
                }
            }
        }
        for _ in 0..<3 {
            try read()
            let verdict = machine.compared(with: log.page(.head).head, asked: machine.position, urgent: true)
            if verdict == .fill { reads += 1 }
            try read()
        }
        #expect(machine.position == log.position, "seed \(seed)")
    }
}
