import ChatModel
import Testing

/// "Recovered", clause by clause: `docs/protocol.md`, section 5.
@Suite struct LogHeadTests {
    private static let random: UInt64 = 0xABCD
    private static let tag: UInt32 = 3

    /// A log that holds the messages 6 to 20.
    private static func head(first: UInt64? = 6, seq: UInt64 = 20, forks: [LogHead.Fork] = []) -> LogHead {
        LogHead(position: position(seq), first: first.map { MessageID(ms: 1000 + $0, seq: $0) }, forks: forks)
    }

    private static func position(
        _ seq: UInt64, random: UInt64 = random, tag: UInt32 = tag, ms: UInt64? = nil
    ) -> RoomPosition {
        RoomPosition(epoch: Epoch(random: random, tag: tag), id: MessageID(ms: ms ?? 1000 &+ seq, seq: seq))
    }

    @Test(
        arguments: [
            (4, false), (5, true), (6, true), (19, true), (20, true), (21, false), (.max, false),
        ] as [(UInt64, Bool)])
    func aPositionIsRecoverableWhileItsSuccessorIsKept(seq: UInt64, recovered: Bool) {
        #expect(Self.head().recovers(Self.position(seq)) == recovered)
    }

    @Test func onlyTheNumberIsCompared() {
        #expect(Self.head().recovers(Self.position(10, ms: .max)))
        #expect(!Self.head().recovers(Self.position(21, ms: 0)))
    }

    @Test func aClientBeforeTheFirstMessageHasMissedNothingYet() {
        #expect(Self.head(first: 1).recovers(Self.position(0)))
    }

    @Test func anotherRandomPartMeansAnotherLog() {
        #expect(!Self.head().recovers(Self.position(10, random: 0xABCE)))
    }

    @Test(arguments: [(19, false), (20, true), (21, false)] as [(UInt64, Bool)])
    func aFullyTrimmedLogRecoversOnlyItsHead(seq: UInt64, recovered: Bool) {
        #expect(Self.head(first: nil).recovers(Self.position(seq)) == recovered)
    }

    @Test func aTagOutsideTheForksIsUnknown() {
        let head = Self.head(forks: [LogHead.Fork(tag: 1, seq: 20)])
        #expect(!head.recovers(Self.position(10, tag: 2)))
    }

    @Test(arguments: [(12, true), (13, false)] as [(UInt64, Bool)])
    func aPositionFromBeforeAFailoverIsRecoverableUpToItsFork(seq: UInt64, recovered: Bool) {
        let head = Self.head(forks: [LogHead.Fork(tag: 2, seq: 12)])
        #expect(head.recovers(Self.position(seq, tag: 2)) == recovered)
    }

    @Test(arguments: [(9, true), (10, false), (12, false)] as [(UInt64, Bool)])
    func laterForksLimitRecoveryToo(seq: UInt64, recovered: Bool) {
        let head = Self.head(forks: [LogHead.Fork(tag: 1, seq: 12), LogHead.Fork(tag: 2, seq: 9)])
        #expect(head.recovers(Self.position(seq, tag: 1)) == recovered)
    }

    @Test func earlierForksAreIgnored() {
        let head = Self.head(forks: [LogHead.Fork(tag: 1, seq: 7), LogHead.Fork(tag: 2, seq: 12)])
        #expect(head.recovers(Self.position(10, tag: 2)))
        #expect(!head.recovers(Self.position(10, tag: 1)))
    }

    @Test func forksDoNotLimitTheCurrentTag() {
        let head = Self.head(forks: [LogHead.Fork(tag: 1, seq: 7)])
        #expect(head.recovers(Self.position(18)))
    }

    @Test func aForkDoesNotReachBelowTheStartOfTheLog() {
        let head = Self.head(forks: [LogHead.Fork(tag: 2, seq: 12)])
        #expect(!head.recovers(Self.position(4, tag: 2)))
    }

    @Test func anEmptyRoomRecoversOnlyClientsThatHaveSeenNothing() {
        #expect(LogHead.empty.recovers(.start))
        #expect(!LogHead.empty.recovers(RoomPosition(epoch: .none, id: MessageID(ms: 1, seq: 1))))
        #expect(!LogHead.empty.recovers(Self.position(1)))
    }

    @Test func theFirstEpochIsNotAResetWhileTheLogIsComplete() {
        #expect(Self.head(first: 1).recovers(.start))
        #expect(!Self.head(first: 2).recovers(.start))
        #expect(!Self.head(first: nil).recovers(.start))
    }
}
