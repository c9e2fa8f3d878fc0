import ChatModel
import ChatProtocol
import TestSupport
import Testing

@testable import ChatClient

extension HistoryChecker {
    /// With members of a room that was empty when they came.
    init(members: Int, shown: Int = 0) {
        self.init(shown: shown)
        for client in 0..<members {
            joined(client: client, room: .lobby, head: .start, first: nil, more: false, fresh: true)
        }
    }

    /// Expects exactly these faults in the verdict.
    func expectOnly(_ faults: [HistoryVerdict.Fault: Int], sourceLocation: SourceLocation = #_sourceLocation) {
        let verdict = verdict()
        for fault in HistoryVerdict.Fault.allCases {
            #expect(verdict[fault] == faults[fault] ?? 0, "\(fault): \(verdict)", sourceLocation: sourceLocation)
        }
        #expect(verdict.isClean == faults.isEmpty, sourceLocation: sourceLocation)
    }
}

/// The judge is only worth something if it finds each fault, and only that one.
struct HistoryCheckerTests {
    private static let epoch = Epoch(random: 42, tag: 1)
    private static let sender = UserID("sender")

    /// Ten messages, each sent, acked and in the log, for members that will be given them by the test.
    private static func history(members: Int = 2, ackedExcept unacked: Set<UInt64> = []) -> HistoryChecker {
        var checker = HistoryChecker(members: members)
        for seq in 1...10 as ClosedRange<UInt64> {
            checker.sent(client: 0, user: sender, room: .lobby, key: "k\(seq)", text: "text \(seq)")
            if !unacked.contains(seq) { checker.acked(user: sender, room: .lobby, key: "k\(seq)", id: id(seq)) }
        }
        return checker
    }

    private static func id(_ seq: UInt64) -> MessageID { MessageID(ms: 1_000, seq: seq) }

    private static func message(_ seq: UInt64, key: UInt64? = nil, text: String? = nil) -> ChatMessage {
        let key = key ?? seq
        return ChatMessage(id: id(seq), user: sender, name: "s", text: text ?? "text \(key)", key: "k\(key)", ts: 1_000)
    }

    private static func give(
        _ seqs: some Sequence<UInt64>, to client: Int, of checker: inout HistoryChecker, epoch: Epoch = epoch
    ) {
        for seq in seqs { checker.received(client: client, room: .lobby, epoch: epoch, message: message(seq)) }
    }

    @Test func anEditedOrDeletedMessageIsTheSameMessage() {
        var checker = Self.history()
        Self.give(1...10, to: 0, of: &checker)
        for seq in 1...10 as ClosedRange<UInt64> {
            let state: MessageState? = [nil, .deleted, .changed(edited: Self.id(11), reactions: [])][Int(seq % 3)]
            let message = Self.message(seq).showing(state == nil ? "text \(seq)" : "", state)
            checker.received(client: 1, room: .lobby, epoch: Self.epoch, message: message)
        }
        checker.expectOnly([:])
    }

    @Test func anotherTextIsNotAnEdit() {
        var checker = Self.history(members: 1)
        let reactions = MessageState.changed(edited: nil, reactions: [.init(emoji: "👍", users: [Self.sender])])
        checker.received(
            client: 0, room: .lobby, epoch: Self.epoch, message: Self.message(1).showing("other", reactions))
        Self.give(2...10, to: 0, of: &checker)
        checker.expectOnly([.altered: 1])
    }

    @Test func aCleanHistoryIsClean() {
        var checker = Self.history()
        for client in 0...1 { Self.give(1...10, to: client, of: &checker) }
        checker.expectOnly([:])
        let verdict = checker.verdict()
        #expect(verdict.sent == 10 && verdict.acked == 10 && verdict.received == 20 && verdict.reportedGaps == 0)
    }

    @Test func aCleanHistoryWithReconnectsIsClean() {
        var checker = Self.history(members: 3)
        Self.give(1...10, to: 0, of: &checker)
        Self.give(1...4, to: 1, of: &checker)
        let head = RoomPosition(epoch: Self.epoch, id: Self.id(8))
        checker.joined(client: 1, room: .lobby, head: head, first: Self.id(5), more: false, fresh: false)
        Self.give(5...10, to: 1, of: &checker)
        // The third comes late: it is owed the page it was given, and what follows.
        checker.left(client: 2, room: .lobby)
        checker.joined(client: 2, room: .lobby, head: head, first: Self.id(6), more: true, fresh: true)
        Self.give(6...10, to: 2, of: &checker)
        checker.expectOnly([:])
    }

    /// What it is, what was not acked, what the second member gets, and the faults.
    private static let deliveries: [(String, Set<UInt64>, [UInt64], [HistoryVerdict.Fault: Int])] = [
        ("the last is missing", [], [1, 2, 3, 4, 5, 6, 7, 8, 9], [.lost: 1]),
        ("the last is missing, but was not acked", [10], [1, 2, 3, 4, 5, 6, 7, 8, 9], [:]),
        ("one is missing in between", [], [1, 2, 3, 5, 6, 7, 8, 9, 10], [.lost: 1, .hiddenGap: 1]),
        ("one is missing in between, but was not acked", [4], [1, 2, 3, 5, 6, 7, 8, 9, 10], [.hiddenGap: 1]),
        ("one is repeated", [], [1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10], [.doubled: 1]),
        ("two are swapped", [], [1, 2, 4, 3, 5, 6, 7, 8, 9, 10], [.reordered: 1]),
    ]

    @Test(arguments: deliveries)
    func aWrongDeliveryHasItsFaults(
        _ what: String, unacked: Set<UInt64>, delivered: [UInt64], faults: [HistoryVerdict.Fault: Int]
    ) {
        var checker = Self.history(ackedExcept: unacked)
        Self.give(1...10, to: 0, of: &checker)
        Self.give(delivered, to: 1, of: &checker)
        checker.expectOnly(faults)
    }

    @Test func aMemberThatLeftMissesNothing() {
        var checker = Self.history()
        Self.give(1...10, to: 0, of: &checker)
        Self.give(1...5, to: 1, of: &checker)
        checker.gone(client: 1)
        checker.expectOnly([:])
    }

    @Test func aMessageRepeatedByAResumeIsDoubled() {
        var checker = Self.history()
        Self.give(1...10, to: 0, of: &checker)
        Self.give(1...5, to: 1, of: &checker)
        let head = RoomPosition(epoch: Self.epoch, id: Self.id(10))
        checker.joined(client: 1, room: .lobby, head: head, first: Self.id(5), more: false, fresh: false)
        Self.give(5...10, to: 1, of: &checker)
        checker.expectOnly([.doubled: 1])
    }

    @Test func aKeyInTheLogTwiceIsDoubled() {
        var checker = Self.history()
        for client in 0...1 {
            Self.give(1...10, to: client, of: &checker)
            checker.received(client: client, room: .lobby, epoch: Self.epoch, message: Self.message(11, key: 3))
        }
        checker.expectOnly([.doubled: 1])
    }

    @Test func messagesOfOneClientOutOfOrderAreReordered() {
        var checker = HistoryChecker(members: 1)
        for key in 1...3 as ClosedRange<UInt64> {
            checker.sent(client: 0, user: Self.sender, room: .lobby, key: "k\(key)", text: "text \(key)")
        }
        for (seq, key) in [(1, 1), (2, 3), (3, 2)] as [(UInt64, UInt64)] {
            checker.received(client: 0, room: .lobby, epoch: Self.epoch, message: Self.message(seq, key: key))
        }
        checker.expectOnly([.reordered: 1])
    }

    @Test func differentOrdersAreADisagreement() {
        var checker = Self.history()
        Self.give(1...10, to: 0, of: &checker)
        for (seq, key) in [(1, 1), (2, 3), (3, 2)] as [(UInt64, UInt64)] {
            checker.received(client: 1, room: .lobby, epoch: Self.epoch, message: Self.message(seq, key: key))
        }
        Self.give(4...10, to: 1, of: &checker)
        checker.expectOnly([.disagreement: 2])
    }

    @Test func anAckForAMessageNobodyGotIsReported() {
        var checker = Self.history()
        checker.sent(client: 0, user: Self.sender, room: .lobby, key: "k11", text: "text 11")
        checker.acked(user: Self.sender, room: .lobby, key: "k11", id: Self.id(11))
        for client in 0...1 { Self.give(1...10, to: client, of: &checker) }
        checker.expectOnly([.nowhere: 1])
    }

    @Test func anAckWithAnotherIDIsADisagreement() {
        var checker = Self.history()
        checker.acked(user: Self.sender, room: .lobby, key: "k3", id: MessageID(ms: 999, seq: 3))
        for client in 0...1 { Self.give(1...10, to: client, of: &checker) }
        checker.expectOnly([.disagreement: 2])
    }

    @Test func anAlteredTextIsReported() {
        var checker = Self.history(members: 1)
        Self.give(1...9, to: 0, of: &checker)
        checker.received(client: 0, room: .lobby, epoch: Self.epoch, message: Self.message(10, text: "something else"))
        checker.expectOnly([.altered: 1])
    }

    @Test(arguments: [(7, [:]), (9, [.hiddenGap: 1, .lost: 2])] as [(UInt64, [HistoryVerdict.Fault: Int])])
    func onlyMessagesBeyondAReportedGapAreMissing(first: UInt64, faults: [HistoryVerdict.Fault: Int]) {
        var checker = Self.history()
        Self.give(1...10, to: 0, of: &checker)
        Self.give(1...3, to: 1, of: &checker)
        checker.gap(client: 1, room: .lobby, missing: .init(from: Self.id(4), to: Self.id(6)))
        Self.give(first...10, to: 1, of: &checker)
        checker.expectOnly(faults)
        #expect(checker.verdict().reportedGaps == 1)
    }

    @Test func aNewEpochIsAFaultUnlessReported() {
        let newEpoch = Epoch(random: 43, tag: 1)
        var checker = Self.history()
        for client in 0...1 { Self.give(1...10, to: client, of: &checker) }
        for key in ["x", "y"] { checker.sent(client: 0, user: Self.sender, room: .lobby, key: key, text: key) }
        checker.gap(client: 0, room: .lobby, missing: nil, restart: RoomPosition(epoch: newEpoch, id: Self.id(2)))
        for client in 0...1 {
            for (seq, key) in [(1, "x"), (2, "y")] as [(UInt64, String)] {
                let message = ChatMessage(
                    id: Self.id(seq), user: Self.sender, name: "s", text: key, key: key, ts: 1_000)
                checker.received(client: client, room: .lobby, epoch: newEpoch, message: message)
            }
        }
        checker.expectOnly([.hiddenGap: 1])
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func oneRandomFaultInALongHistoryIsFound(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let length: UInt64 = 2_000
        for fault in [HistoryVerdict.Fault.lost, .doubled, .reordered] {
            var checker = HistoryChecker(members: 5)
            for seq in 1...length {
                checker.sent(client: 0, user: Self.sender, room: .lobby, key: "k\(seq)", text: "text \(seq)")
                checker.acked(user: Self.sender, room: .lobby, key: "k\(seq)", id: Self.id(seq))
            }
            let victim = Int.random(in: 0..<5, using: &generator)
            let place = Int.random(in: 1..<Int(length) - 1, using: &generator)
            for client in 0..<5 {
                var seqs = Array(1...length)
                if client == victim {
                    switch fault {
                    case .lost: seqs.remove(at: place)
                    case .doubled: seqs.insert(seqs[Int.random(in: 0..<place, using: &generator)], at: place)
                    default: seqs.swapAt(place, place + 1)
                    }
                }
                Self.give(seqs, to: client, of: &checker)
            }
            #expect(checker.verdict()[fault] == 1, "seed \(seed): \(checker.verdict())")
        }
    }
}
