import ChatModel
import TestSupport
import Testing

@testable import ChatClient

/// What the judge says when the log itself changes hands: another Redis goes on with it, with all of it or without its
/// end; and that it forgets what everybody has, and still finds what happens later.
struct HistoryErasTests {
    private static let before = Epoch(random: 42, tag: 1)
    private static let after = Epoch(random: 42, tag: 2)
    private static let sender = UserID("sender")

    private static func id(_ seq: UInt64) -> MessageID { MessageID(ms: 1_000, seq: seq) }

    private static func message(_ seq: UInt64, key: String? = nil) -> ChatMessage {
        let key = key ?? "k\(seq)"
        return ChatMessage(id: id(seq), user: sender, name: "s", text: "text \(key)", key: key, ts: 1_000)
    }

    private static func say(_ key: String, ackedAs seq: UInt64?, in checker: inout HistoryChecker) {
        checker.sent(client: 0, user: sender, room: .lobby, key: key, text: "text \(key)")
        if let seq { checker.acked(user: sender, room: .lobby, key: key, id: id(seq)) }
    }

    private static func give(
        _ messages: [ChatMessage], to clients: [Int], epoch: Epoch = before, of checker: inout HistoryChecker
    ) {
        for client in clients {
            for message in messages {
                checker.received(client: client, room: .lobby, epoch: epoch, message: message)
            }
        }
    }

    private static func restart(_ client: Int, head: UInt64, in checker: inout HistoryChecker) {
        checker.gap(client: client, room: .lobby, missing: nil, restart: RoomPosition(epoch: after, id: id(head)))
    }

    /// Ten messages; two members have them all, the third has eight.
    private static func tenMessages() -> HistoryChecker {
        var checker = HistoryChecker(members: 3)
        for seq in 1...10 as ClosedRange<UInt64> { say("k\(seq)", ackedAs: seq, in: &checker) }
        give((1...10).map { message($0) }, to: [0, 1], of: &checker)
        give((1...8).map { message($0) }, to: [2], of: &checker)
        return checker
    }

    @Test func aCompleteReplacementServerIsNotAFault() {
        var checker = Self.tenMessages()
        Self.give([Self.message(9), Self.message(10)], to: [2], epoch: Self.after, of: &checker)
        Self.say("new", ackedAs: 11, in: &checker)
        Self.give([Self.message(11, key: "new")], to: [0, 1, 2], epoch: Self.after, of: &checker)
        let verdict = checker.verdict()
        #expect(verdict.isClean && verdict.lostByRedis == 0, "\(verdict)")
    }

    @Test func aCompleteReplacementServerMustDeliverEverything() {
        var checker = Self.tenMessages()
        Self.say("new", ackedAs: 11, in: &checker)
        Self.give([Self.message(11, key: "new")], to: [0, 1, 2], epoch: Self.after, of: &checker)
        let verdict = checker.verdict()
        #expect(verdict[.lost] == 2 && verdict[.hiddenGap] == 1, "\(verdict)")
    }

    @Test func reusedNumbersAreNotAFaultWhenReported() {
        var checker = Self.tenMessages()
        Self.say("new 9", ackedAs: 9, in: &checker)
        Self.say("new 10", ackedAs: 10, in: &checker)
        for client in 0...1 { Self.restart(client, head: 8, in: &checker) }
        // Who is told gets the end of the log again.
        Self.give([Self.message(7), Self.message(8)], to: [0, 1], epoch: Self.after, of: &checker)
        let new = [Self.message(9, key: "new 9"), Self.message(10, key: "new 10")]
        Self.give(new, to: [0, 1, 2], epoch: Self.after, of: &checker)
        let verdict = checker.verdict()
        #expect(verdict.isClean, "\(verdict)")
        #expect(verdict.lostByRedis == 2)
    }

    /// A server that came back with less reports it before anything is written, so in the epoch it had.
    @Test func aLostTailMayBeReportedInItsOwnEpoch() {
        var checker = Self.tenMessages()
        for client in 0...1 {
            let head = RoomPosition(epoch: Self.before, id: Self.id(8))
            checker.gap(client: client, room: .lobby, missing: nil, restart: head)
        }
        Self.say("new 9", ackedAs: 9, in: &checker)
        Self.give([Self.message(9, key: "new 9")], to: [0, 1, 2], epoch: Self.after, of: &checker)
        let verdict = checker.verdict()
        #expect(verdict.isClean && verdict.lostByRedis == 2, "\(verdict)")
    }

    @Test func aHeadReportedToWhoHadLessCutsNothing() {
        var checker = Self.tenMessages()
        let head = RoomPosition(epoch: Self.before, id: Self.id(8))
        checker.gap(client: 2, room: .lobby, missing: nil, restart: head)
        #expect(checker.verdict()[.lost] == 2, "\(checker.verdict())")
        Self.give([Self.message(9), Self.message(10)], to: [2], of: &checker)
        #expect(checker.verdict().isClean, "\(checker.verdict())")
    }

    @Test func unreportedReuseOfNumbersIsFound() {
        var checker = Self.tenMessages()
        for seq in 9...11 as ClosedRange<UInt64> { Self.say("new \(seq)", ackedAs: seq, in: &checker) }
        Self.restart(0, head: 8, in: &checker)
        let new = (9...11).map { Self.message($0, key: "new \($0)") }
        Self.give(new, to: [0, 2], epoch: Self.after, of: &checker)
        // The second had 9 and 10 of the lost end, and is told nothing.
        Self.give([new[2]], to: [1], epoch: Self.after, of: &checker)
        #expect(checker.verdict()[.hiddenGap] == 2, "\(checker.verdict())")
    }

    @Test func messagesAfterAReportedHeadMustArrive() {
        var checker = Self.tenMessages()
        for seq in 9...12 as ClosedRange<UInt64> { Self.say("new \(seq)", ackedAs: seq, in: &checker) }
        for client in 0...1 { Self.restart(client, head: 9, in: &checker) }
        let new = (9...12).map { Self.message($0, key: "new \($0)") }
        Self.give(new, to: [0, 2], epoch: Self.after, of: &checker)
        // Before its first message: 10 to 12 are on their way, or lost.
        #expect(checker.verdict()[.lost] == 3, "\(checker.verdict())")
        Self.give([new[3]], to: [1], epoch: Self.after, of: &checker)
        let verdict = checker.verdict()
        #expect(verdict[.hiddenGap] == 1 && verdict[.lost] == 2, "\(verdict)")
    }

    @Test func aLogReportedEmptyBeginsWithItsFirstMessage() {
        for first in [1, 2] as [UInt64] {
            var checker = Self.tenMessages()
            Self.give([Self.message(9), Self.message(10)], to: [2], of: &checker)
            for client in 0...2 { checker.gap(client: client, room: .lobby, missing: nil, restart: .start) }
            #expect(checker.verdict().isClean, "\(checker.verdict())")
            for seq in 1...2 as ClosedRange<UInt64> { Self.say("new \(seq)", ackedAs: seq, in: &checker) }
            let new = (1...2).map { Self.message($0, key: "new \($0)") }
            let other = Epoch(random: 43, tag: 1)
            Self.give(new, to: [0, 1], epoch: other, of: &checker)
            #expect(checker.verdict()[.lost] == 2, "\(checker.verdict())")
            Self.give(new.filter { $0.id.seq >= first }, to: [2], epoch: other, of: &checker)
            let verdict = checker.verdict()
            #expect(verdict.isClean == (first == 1) && verdict[.lost] == (first == 1 ? 0 : 1), "\(verdict)")
        }
    }

    @Test func aMessageResentAfterItsPositionWasLostIsNotDoubled() {
        var checker = HistoryChecker(members: 2)
        Self.say("a", ackedAs: 1, in: &checker)
        Self.say("b", ackedAs: nil, in: &checker)
        Self.give([Self.message(1, key: "a"), Self.message(2, key: "b")], to: [0, 1], of: &checker)
        for client in 0...1 { Self.restart(client, head: 1, in: &checker) }
        Self.say("c", ackedAs: 2, in: &checker)
        Self.give([Self.message(2, key: "c")], to: [0, 1], epoch: Self.after, of: &checker)
        checker.acked(user: Self.sender, room: .lobby, key: "b", id: Self.id(3))
        Self.give([Self.message(3, key: "b")], to: [0, 1], epoch: Self.after, of: &checker)
        let verdict = checker.verdict()
        #expect(verdict[.doubled] == 0 && verdict[.lost] == 0 && verdict[.disagreement] == 0, "\(verdict)")
    }

    /// What the other server wrote is lost; under the old tag, the old messages are back.
    @Test(arguments: [true, false]) func aServerMayReturnWithItsOwnMessages(isTold: Bool) {
        var checker = Self.tenMessages()
        for client in 0...1 { Self.restart(client, head: 8, in: &checker) }
        for seq in 9...10 as ClosedRange<UInt64> { Self.say("other \(seq)", ackedAs: seq, in: &checker) }
        Self.give(
            (9...10).map { Self.message($0, key: "other \($0)") }, to: [0, 1, 2], epoch: Self.after, of: &checker)
        let head = RoomPosition(epoch: Self.before, id: Self.id(10))
        for client in isTold ? 0...2 : 0...1 {
            checker.gap(client: client, room: .lobby, missing: nil, restart: head)
            Self.give([Self.message(9), Self.message(10)], to: [client], of: &checker)
        }
        Self.say("last", ackedAs: 11, in: &checker)
        Self.give([Self.message(11, key: "last")], to: [0, 1, 2], of: &checker)
        let verdict = checker.verdict()
        #expect(verdict[.hiddenGap] == (isTold ? 0 : 2) && verdict.lostByRedis == 2, "\(verdict)")
        #expect(verdict.isClean == isTold, "\(verdict)")
    }

    // MARK: Forgetting

    /// A long history in which everybody keeps up.
    private static func longHistory(_ length: UInt64, members: Int) -> HistoryChecker {
        var checker = HistoryChecker(members: members)
        for seq in 1...length {
            say("k\(seq)", ackedAs: seq, in: &checker)
            give([message(seq)], to: Array(0..<members), of: &checker)
        }
        return checker
    }

    @Test func messagesThatEverybodyHasAreForgotten() {
        let checker = Self.longHistory(20_000, members: 3)
        #expect(checker.kept <= 512)
        let verdict = checker.verdict()
        #expect(verdict.isClean && verdict.acked == 20_000 && verdict.received == 60_000, "\(verdict)")
    }

    @Test func messagesThatSomebodyLacksAreKeptAndReportedLost() {
        var checker = Self.longHistory(5_000, members: 3)
        for seq in 5_001...10_000 as ClosedRange<UInt64> {
            Self.say("k\(seq)", ackedAs: seq, in: &checker)
            Self.give([Self.message(seq)], to: seq == 6_000 ? [0, 1] : [0, 1, 2], of: &checker)
        }
        #expect(checker.kept >= 4_000)
        let verdict = checker.verdict()
        #expect(verdict[.lost] == 1 && verdict[.hiddenGap] == 1, "\(verdict)")
    }

    @Test(arguments: [(message(20_001, key: "k1"), [0, 1]), (message(7), [1])])
    func aKeyOrMessageRepeatedMuchLaterIsDoubled(message: ChatMessage, clients: [Int]) {
        var checker = Self.longHistory(20_000, members: 2)
        Self.give([message], to: clients, of: &checker)
        #expect(checker.verdict()[.doubled] == 1)
    }

    @Test func aForgottenTailThatIsLostIsFound() {
        for told in [true, false] {
            var checker = Self.longHistory(2_000, members: 3)
            for client in told ? [0, 1, 2] : [0, 1] { Self.restart(client, head: 1_000, in: &checker) }
            for seq in 1_001...2_001 as ClosedRange<UInt64> {
                let new = Self.message(seq, key: "new \(seq)")
                Self.say("new \(seq)", ackedAs: seq, in: &checker)
                Self.give([new], to: told || seq == 2_001 ? [0, 1, 2] : [0, 1], epoch: Self.after, of: &checker)
            }
            let verdict = checker.verdict()
            #expect(verdict.isClean == told, "\(verdict)")
        }
    }

    @Test func aMessageKnowsWhenItWasSent() {
        var checker = HistoryChecker(members: 2)
        let now = ContinuousClock.now
        checker.sent(client: 0, user: Self.sender, room: .lobby, key: "k1", text: "text k1", at: now)
        for client in 0...1 {
            let sentAt = checker.received(client: client, room: .lobby, epoch: Self.before, message: Self.message(1))
            #expect(sentAt == now)
        }
    }
}
