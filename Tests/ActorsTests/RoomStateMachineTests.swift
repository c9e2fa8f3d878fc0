import ChatModel
import TestSupport
import Testing

@testable import Actors

@Suite("RoomStateMachine")
struct RoomStateMachineTests {
    private static func following(_ log: ModelLog) -> RoomStateMachine {
        var machine = RoomStateMachine(inherited: nil, bufferLimit: 8)
        #expect(machine.subscribed() == [.readHead])
        #expect(machine.headRead(log.page(.head).head) == [.ready(at: log.position)])
        return machine
    }

    @Test func takesTheHeadAsItsPositionAndDeliversWhatFollows() {
        var log = ModelLog()
        log.append()
        var machine = Self.following(log)
        #expect(machine.isReady && machine.position == log.position)
        #expect(machine.heard(log.append(), epoch: log.epoch) == .deliver)
        #expect(machine.position == log.position)
    }

    @Test func theFirstMessageOfAnEmptyRoomIsNoReset() {
        var log = ModelLog()
        var machine = Self.following(log)
        #expect(machine.position == .start)
        #expect(machine.heard(log.append(), epoch: log.epoch) == .deliver)
    }

    @Test func dropsWhatIsAtOrBelowThePosition() {
        var log = ModelLog()
        let first = log.append()
        var machine = Self.following(log)
        #expect(machine.heard(first, epoch: log.epoch) == .duplicate)
    }

    @Test func fillsAGapBeforeAnythingNewer() {
        var log = ModelLog()
        log.append()
        var machine = Self.following(log)
        let lost = log.append()
        let heard = log.append()
        #expect(machine.heard(heard, epoch: log.epoch) == .fill)
        let late = log.append()
        #expect(machine.heard(late, epoch: log.epoch) == .wait)
        let page = log.page(.forward(after: machine.position.id, through: nil, limit: 200))
        let expected = [lost, heard, late].map { RoomStateMachine.Action.deliver($0, log.epoch) }
        #expect(machine.filled(by: page) == expected)
        #expect(machine.position == log.position)
    }

    @Test func keepsWhatIsHeardWhileTheHeadIsRead() {
        var log = ModelLog()
        log.append()
        var machine = RoomStateMachine(inherited: nil, bufferLimit: 8)
        _ = machine.subscribed()
        let head = log.page(.head).head
        let next = log.append()
        #expect(machine.heard(next, epoch: log.epoch) == .wait)
        #expect(machine.headRead(head) == [.ready(at: head.position), .deliver(next, log.epoch)])
    }

    @Test func aSuccessorOfASuccessorKnowsThePosition() {
        var log = ModelLog()
        log.append()
        let machine = Self.following(log)
        let successor = RoomStateMachine(inherited: machine.knownPosition, bufferLimit: 8)
        #expect(!successor.isReady && successor.knownPosition == log.position)
        #expect(RoomStateMachine(inherited: nil, bufferLimit: 8).knownPosition == nil)
    }

    @Test func anotherLifeOfTheLogRealignsTheMembers() {
        var log = ModelLog()
        for _ in 0..<5 { log.append() }
        var machine = Self.following(log)
        log.flush()
        let first = log.append()
        #expect(machine.heard(first, epoch: log.epoch) == .fill)
        #expect(
            machine.filled(by: log.page(.forward(after: machine.position.id, through: nil, limit: 9))) == [.realign])
        #expect(machine.position == log.position)
    }

    @Test func aFailoverThatKeptEverythingGoesOn() {
        var log = ModelLog()
        for _ in 0..<3 { log.append() }
        var machine = Self.following(log)
        log.failOver(keepingUpTo: 3, tag: 0xB)
        let next = log.append()
        #expect(machine.heard(next, epoch: log.epoch) == .fill)
        let page = log.page(.forward(after: machine.position.id, through: nil, limit: 9))
        #expect(machine.filled(by: page) == [.deliver(next, log.epoch)])
    }

    @Test func aFailoverThatReusesNumbersIsFoundOut() {
        var log = ModelLog()
        for _ in 0..<3 { log.append() }
        var machine = Self.following(log)
        log.failOver(keepingUpTo: 2, tag: 0xB)
        log.append()
        let next = log.append()
        #expect(machine.heard(next, epoch: log.epoch) == .fill)
        let page = log.page(.forward(after: machine.position.id, through: nil, limit: 9))
        #expect(machine.filled(by: page) == [.realign])
        #expect(machine.position == log.position)
    }

    @Test func aHeadThatIsAheadCountsOnlyIfItStillIsInAMoment() {
        var log = ModelLog()
        log.append()
        var machine = Self.following(log)
        let next = log.append()
        let head = log.page(.head).head
        #expect(machine.compared(with: head, asked: machine.position, urgent: false) == .suspect)
        #expect(machine.heard(next, epoch: log.epoch) == .deliver)
        #expect(machine.compared(with: head, asked: machine.position, urgent: false) == .level)
    }

    @Test func aLostLastMessageIsReadFromTheLog() {
        var log = ModelLog()
        log.append()
        var machine = Self.following(log)
        let lost = log.append()
        let head = log.page(.head).head
        #expect(machine.compared(with: head, asked: machine.position, urgent: false) == .suspect)
        #expect(machine.compared(with: head, asked: machine.position, urgent: false) == .fill)
        let page = log.page(.forward(after: machine.position.id, through: nil, limit: 9))
        #expect(machine.filled(by: page) == [.deliver(lost, log.epoch)])
    }

    @Test(arguments: [true, false])
    func entriesAtTheEndThatCannotBeReadAreTold(stillThere: Bool) {
        var log = ModelLog()
        log.append()
        var machine = Self.following(log)
        let readable = log.append()
        log.append()
        #expect(machine.compared(with: log.page(.head).head, asked: machine.position, urgent: true) == .fill)
        // What cannot be read is skipped by the reader; what was deleted is not met at all.
        let page = LogPage(
            head: log.page(.head).head, messages: [readable], more: false,
            reached: stillThere ? log.position.id : readable.id)
        #expect(machine.filled(by: page) == [.deliver(readable, log.epoch), .realign])
        #expect(machine.position == log.position)
    }

    @Test func aLogThatHasLostItsTailIsNotWaitedFor() {
        var log = ModelLog()
        for _ in 0..<4 { log.append() }
        var machine = Self.following(log)
        log.corrupt(seq: 4)
        let shorter = LogHead(
            position: RoomPosition(epoch: log.epoch, id: MessageID(ms: 1_003, seq: 3)), first: log.messages[0].id,
            forks: [])
        #expect(machine.compared(with: shorter, asked: machine.position, urgent: false) == .fill)
        let page = LogPage(head: shorter, messages: [], more: false, reached: nil)
        #expect(machine.filled(by: page) == [.realign])
        #expect(machine.position == shorter.position)
    }

    /// Live messages are lost, doubled and reordered, the log is flushed and fails over; what the room delivers is in
    /// order within an epoch, without a doubled one, without a hole but for those told by `realign`, and reaches the
    /// head when the checks have run.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func deliversInOrderWhateverIsLost(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var log = ModelLog()
        var machine = RoomStateMachine(inherited: nil, bufferLimit: 4)
        _ = machine.subscribed()
        _ = machine.headRead(log.page(.head).head)
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
        func read() {
            while reads > 0 {
                reads -= 1
                take(machine.filled(by: log.page(.forward(after: machine.position.id, through: nil, limit: 3))))
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
            case 62..<70: read()
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
            read()
            let verdict = machine.compared(with: log.page(.head).head, asked: machine.position, urgent: true)
            if verdict == .fill { reads += 1 }
            read()
        }
        #expect(machine.position == log.position, "seed \(seed)")
    }
}
