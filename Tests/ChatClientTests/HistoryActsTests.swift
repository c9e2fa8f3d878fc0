import ChatModel
import ChatProtocol
import Testing

@testable import ChatClient

/// What the judge says of acts: whether they stand in the log as they were meant, may stand there, and show the same to all.
struct HistoryActsTests {
    private static let epoch = Epoch(random: 42, tag: 1)

    /// What was said and done, in the order of the log; all of it acknowledged.
    private static let entries = [
        Entries.message(1, by: "ann", "one"), Entries.message(2, by: "bob", "two"), Entries.edit(1, as: 3, "won"),
        Entries.react(1, as: 4, "👍"), Entries.delete(2, as: 5, by: "bob"), Entries.message(6, by: "ann", "three"),
    ]

    /// Two members of a room that was empty when they came; the second is given what the test says.
    private static func checker(
        sent: [ChatMessage] = entries, second: [ChatMessage]? = nil, acked: Bool = true
    ) -> HistoryChecker {
        var checker = HistoryChecker(members: 2, shown: 10)
        for entry in sent { send(entry, acked: acked, in: &checker) }
        give(sent, to: 0, of: &checker)
        give(second ?? sent, to: 1, of: &checker)
        return checker
    }

    private static func send(_ entry: ChatMessage, acked: Bool, in checker: inout HistoryChecker) {
        let client = entry.user == UserID("ann") ? 0 : 1
        checker.sent(
            client: client, user: entry.user, room: .lobby, key: entry.key, text: entry.text, act: entry.act,
            re: entry.re)
        if acked { checker.acked(user: entry.user, room: .lobby, key: entry.key, id: entry.id) }
    }

    private static func give(_ entries: [ChatMessage], to client: Int, of checker: inout HistoryChecker) {
        for entry in entries { checker.received(client: client, room: .lobby, epoch: epoch, message: entry) }
    }

    private static func read(
        _ messages: [ChatMessage] = [
            entries[0].showing(
                "won", .changed(edited: Entries.id(3), reactions: [.init(emoji: "👍", users: [UserID("bob")])])),
            entries[1].showing("", .deleted), entries[2], entries[3], entries[4], entries[5],
        ], epoch: Epoch = epoch
    ) -> LogReading {
        var reading = LogReading(.lobby, from: 1)
        reading.take(
            .init(
                room: .lobby, position: .init(epoch: epoch, id: messages.last?.id ?? .zero), messages: messages,
                more: false))
        return reading
    }

    @Test func clientsThatShowTheLogAreFaultless() {
        var checker = Self.checker()
        checker.compare(with: Self.read())
        checker.expectOnly([:])
        let verdict = checker.verdict()
        #expect(verdict.acts == 3 && verdict.actsAcked == 3 && verdict.actsRefused == 0)
        #expect(verdict.statesCompared == 6)
    }

    /// Instead of the acts in the third to the fifth place. Who lacks one is in another state, too.
    private static let deliveries: [([ChatMessage], [HistoryVerdict.Fault: Int])] = [
        ([entries[3], entries[4]], [.lost: 1, .hiddenGap: 1, .diverged: 1]),
        ([entries[2], entries[4]], [.lost: 1, .hiddenGap: 1, .diverged: 1]),
        ([entries[2], entries[3]], [.lost: 1, .hiddenGap: 1, .diverged: 1]),
        ([entries[2], entries[3], entries[3], entries[4]], [.doubled: 1]),
        ([entries[2], Entries.react(2, as: 4, "👍"), entries[4]], [.altered: 1, .diverged: 1]),
    ]

    @Test(arguments: deliveries)
    func aDroppedRepeatedOrAlteredActHasItsFaults(acts: [ChatMessage], faults: [HistoryVerdict.Fault: Int]) {
        var checker = Self.checker(second: Self.entries.prefix(2) + acts + Self.entries.suffix(1))
        checker.compare(with: Self.read())
        checker.expectOnly(faults)
    }

    @Test func swappedActsAreReordered() {
        var swapped = Self.entries
        swapped.swapAt(2, 3)
        Self.checker(second: swapped).expectOnly([.reordered: 1])
    }

    @Test(arguments: [nil, 3])
    func aReplyThatAnswersAnotherMessageIsAltered(_ other: UInt64?) {
        let said = [Entries.message(1, "one"), Entries.message(2, "two", re: 1)]
        let altered = [said[0], Entries.message(2, "two", re: other)]
        Self.checker(sent: said).expectOnly([:])
        Self.checker(sent: said, second: altered).expectOnly([.altered: 1])
        var checker = HistoryChecker(members: 1, shown: 10)
        for entry in said { Self.send(entry, acked: true, in: &checker) }
        Self.give(altered, to: 0, of: &checker)
        checker.expectOnly([.altered: 1])
    }

    @Test func aDeletedReplyAnswersNothing() {
        let said = [Entries.message(1, "one"), Entries.message(2, "two", re: 1), Entries.delete(2, as: 3)]
        var checker = Self.checker(sent: said, second: [said[0], said[1].showing("", .deleted), said[2]])
        checker.compare(with: Self.read([said[0], said[1].showing("", .deleted), said[2]]))
        checker.expectOnly([:])
    }

    @Test func anActThatDiffersInTheLogIsAltered() {
        var checker = HistoryChecker(members: 1, shown: 10)
        for entry in Self.entries { Self.send(entry, acked: true, in: &checker) }
        var other = Self.entries
        other[3] = Entries.react(1, as: 4, "👍", on: false)
        Self.give(other, to: 0, of: &checker)
        checker.expectOnly([.altered: 1])
    }

    @Test func aLogWithOtherStatesIsReported() {
        var checker = Self.checker()
        checker.compare(with: Self.read([Self.entries[0], Self.entries[1].showing("", .deleted), Self.entries[5]]))
        checker.expectOnly([.diverged: 2])
    }

    @Test func aMessageMissingFromTheLogIsReported() {
        var checker = Self.checker()
        checker.compare(with: Self.read([Self.entries[0].showing("won", nil), Self.entries[1].showing("", .deleted)]))
        checker.expectOnly([.diverged: 4])
    }

    @Test func clientsOfAnotherLogAreNotCompared() {
        var checker = Self.checker()
        checker.compare(with: Self.read([Self.entries[0]], epoch: Epoch(random: 43, tag: 1)))
        checker.expectOnly([:])
        #expect(checker.verdict().statesCompared == 0)
    }

    /// Nobody knows what was done meanwhile to what stands before a gap.
    @Test func messagesBeforeAReportedGapAreNotCompared() {
        var checker = Self.checker(second: Array(Self.entries.prefix(2)))
        checker.gap(client: 1, room: .lobby, missing: .init(from: Entries.id(3), to: Entries.id(5)))
        Self.give([Self.entries[5]], to: 1, of: &checker)
        checker.compare(with: Self.read())
        checker.expectOnly([:])
        #expect(checker.verdict().statesCompared == 4)
    }

    /// Rule 2: a page may know of acts that are yet to come.
    @Test func aReturningClientShowsTheSame() {
        var checker = Self.checker(second: [])
        checker.left(client: 1, room: .lobby)
        let head = RoomPosition(epoch: Self.epoch, id: Entries.id(4))
        checker.joined(client: 1, room: .lobby, head: head, first: Entries.id(1), more: false, fresh: true)
        let page = [
            Self.entries[0].showing(
                "won", .changed(edited: Entries.id(3), reactions: [.init(emoji: "👍", users: [UserID("bob")])])),
            Self.entries[1].showing("", .deleted),
        ]
        Self.give(page + Self.entries.dropFirst(2), to: 1, of: &checker)
        checker.compare(with: Self.read())
        checker.expectOnly([:])
        #expect(checker.verdict().statesCompared == 6)
    }

    // MARK: What may stand in the log

    private static let forbidden: [ChatMessage] = [
        Entries.edit(2, as: 6, by: "bob", "after the deletion"), Entries.edit(1, as: 6, by: "bob", "somebody else's"),
        Entries.delete(1, as: 6, by: "bob"), Entries.react(2, as: 6, "👍"),
    ]

    @Test(arguments: forbidden)
    func forbiddenActsAreReported(act: ChatMessage) {
        Self.checker(sent: Self.entries.prefix(5) + [act]).expectOnly([.violation: 1])
    }

    private static let emoji = (0...20).compactMap { UnicodeScalar(0x1F600 + $0).map { String(Character($0)) } }

    @Test func anEmojiAboveTheLimitIsReported() {
        let acts = Self.emoji.enumerated().map {
            Entries.react(1, as: UInt64($0.offset) + 2, $0.element, by: "user \($0.offset / 5)")
        }
        let first = [Entries.message(1, "one")]
        Self.checker(sent: first + acts.prefix(20)).expectOnly([:])
        Self.checker(sent: first + acts).expectOnly([.violation: 1])
    }

    @Test func anEmojiAboveTheLimitOfOneMemberIsReported() {
        let first = [Entries.message(1, "one")]
        let acts = (0..<5).map { Entries.react(1, as: UInt64($0) + 2, Self.emoji[$0]) }
        let again = Entries.react(1, as: 7, Self.emoji[4])
        let takenBack = Entries.react(1, as: 7, Self.emoji[4], on: false)
        let more = Entries.react(1, as: 8, Self.emoji[5])
        Self.checker(sent: first + acts + [takenBack, more]).expectOnly([:])
        Self.checker(sent: first + acts + [again, more]).expectOnly([.violation: 1])
    }

    // MARK: Refusals

    private static func refuse(_ act: ChatMessage, _ code: ErrorCode, in checker: inout HistoryChecker) {
        send(act, acked: false, in: &checker)
        checker.refused(user: act.user, room: .lobby, key: act.key, code: code)
    }

    @Test func aCorrectRejectionIsNotAFault() {
        var checker = Self.checker()
        Self.refuse(Entries.edit(2, as: 7, by: "bob", "gone"), .notFound, in: &checker)
        Self.refuse(Entries.edit(1, as: 8, by: "bob", "not mine"), .forbidden, in: &checker)
        Self.refuse(Entries.react(1, as: 9, "🎉"), .tooManyReactions, in: &checker)
        checker.compare(with: Self.read())
        checker.expectOnly([:])
        let verdict = checker.verdict()
        #expect(verdict.acts == 6 && verdict.actsRefused == 3 && verdict.unanswered == 0)
    }

    @Test func aWrongRejectionIsReported() {
        var checker = Self.checker()
        Self.refuse(Entries.react(1, as: 7, "🎉"), .notFound, in: &checker)
        Self.refuse(Entries.edit(1, as: 8, by: "ann", "mine"), .forbidden, in: &checker)
        Self.refuse(Entries.react(1, as: 9, "🎉"), .forbidden, in: &checker)
        checker.compare(with: Self.read())
        checker.expectOnly([.violation: 3])
    }

    /// Sent twice: it was full, and when the second one came it was not any more.
    @Test func aFullMessageMayTakeAReactionLater() {
        var checker = Self.checker()
        let act = Entries.react(6, as: 7, "🎉")
        Self.refuse(act, .tooManyReactions, in: &checker)
        checker.acked(user: act.user, room: .lobby, key: act.key, id: act.id)
        for client in 0...1 { Self.give([act], to: client, of: &checker) }
        checker.expectOnly([:])
        #expect(checker.verdict().unanswered == 0)
    }

    /// A key that was acknowledged is answered with its ack, whatever has become of the message since.
    @Test func aRejectionAfterAnAckIsReported() {
        var checker = Self.checker()
        checker.refused(user: Self.entries[4].user, room: .lobby, key: Self.entries[4].key, code: .notFound)
        checker.expectOnly([.doneThoughRefused: 1])
    }

    @Test func aRejectedActThatIsInTheLogIsReported() {
        var checker = Self.checker()
        let act = Entries.react(6, as: 7, "🎉")
        Self.refuse(act, .tooManyReactions, in: &checker)
        for client in 0...1 { Self.give([act], to: client, of: &checker) }
        checker.expectOnly([.doneThoughRefused: 1])
    }
}
