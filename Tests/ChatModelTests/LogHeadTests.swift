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

    /// The tag of a position and its number, the forks of the log, and whether the position is recoverable.
    private static let forked: [(UInt32, UInt64, [LogHead.Fork], Bool)] = [
        // Up to the fork at which its tag ended.
        (2, 12, [.init(tag: 2, seq: 12)], true), (2, 13, [.init(tag: 2, seq: 12)], false),
        // A fork does not reach below the start of the log, nor does it limit the current tag.
        (2, 4, [.init(tag: 2, seq: 12)], false), (tag, 18, [.init(tag: 1, seq: 7)], true),
        // A tag outside of the forks is unknown.
        (2, 10, [.init(tag: 1, seq: 20)], false),
        // Later forks limit it, too; earlier ones do not.
        (1, 9, [.init(tag: 1, seq: 12), .init(tag: 2, seq: 9)], true),
        (1, 10, [.init(tag: 1, seq: 12), .init(tag: 2, seq: 9)], false),
        (1, 12, [.init(tag: 1, seq: 12), .init(tag: 2, seq: 9)], false),
        (2, 10, [.init(tag: 1, seq: 7), .init(tag: 2, seq: 12)], true),
        (1, 10, [.init(tag: 1, seq: 7), .init(tag: 2, seq: 12)], false),
        // A room that moved to and fro: the tag's last fork counts.
        (1, 8, [.init(tag: 1, seq: 7), .init(tag: 2, seq: 9), .init(tag: 1, seq: 12)], true),
        (1, 12, [.init(tag: 1, seq: 7), .init(tag: 2, seq: 9), .init(tag: 1, seq: 12)], true),
        (1, 13, [.init(tag: 1, seq: 7), .init(tag: 2, seq: 9), .init(tag: 1, seq: 12)], false),
        (2, 9, [.init(tag: 1, seq: 7), .init(tag: 2, seq: 9), .init(tag: 1, seq: 12)], true),
        (2, 10, [.init(tag: 1, seq: 7), .init(tag: 2, seq: 9), .init(tag: 1, seq: 12)], false),
        (tag, 18, [.init(tag: tag, seq: 7), .init(tag: 2, seq: 9)], true),
    ]

    @Test(arguments: forked)
    func forksLimitWhichEarlierPositionsAreRecoverable(
        tag: UInt32, seq: UInt64, forks: [LogHead.Fork], recovered: Bool
    ) {
        #expect(Self.head(forks: forks).recovers(Self.position(seq, tag: tag)) == recovered)
    }

    @Test func whatAForkReplacedIsReadFromThere() {
        let forks = [LogHead.Fork(tag: 1, seq: 12, ms: 7), .init(tag: 2, seq: 9, ms: 5)]
        func shared(_ seq: UInt64, tag: UInt32, first: UInt64 = 6, forks: [LogHead.Fork]) -> MessageID? {
            Self.head(first: first, forks: forks).lastShared(with: Self.position(seq, tag: tag))
        }
        // The lowest of its fork and the later ones; nothing was replaced below.
        #expect(shared(14, tag: 1, forks: forks) == MessageID(ms: 5, seq: 9))
        #expect(shared(10, tag: 2, forks: forks) == MessageID(ms: 5, seq: 9))
        #expect(shared(9, tag: 2, forks: forks) == nil)
        // Unknown, trimmed, or this very tag.
        #expect(shared(14, tag: 5, forks: forks) == nil)
        #expect(shared(14, tag: 2, forks: [.init(tag: 2, seq: 9)]) == nil)
        #expect(shared(14, tag: 2, first: 11, forks: forks) == nil)
        #expect(shared(21, tag: Self.tag, forks: forks) == nil)
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
