import ChatModel
import Testing

@testable import ChatClient

/// What a room's rules allow, entry by entry.
struct RulesJudgeTests {
    private static let (ann, bob, cyd) = (UserID("ann"), UserID("bob"), UserID("cyd"))
    private static let closed = RoomName("_private-" + String(repeating: "a", count: 26))?.kind ?? .open

    private static func entry(
        _ seq: UInt64, _ user: UserID, _ text: String = "hi", _ act: MessageAct? = nil, ts: Int64? = nil
    ) -> ChatMessage {
        ChatMessage(
            id: Entries.id(seq), user: user, name: "n", text: text, key: "k\(seq)", ts: ts ?? Int64(seq) * 10_000,
            act: act)
    }

    private static func role(
        _ seq: UInt64, _ user: UserID, _ role: RoomRole, of whom: UserID, until: Int64? = nil
    ) -> ChatMessage {
        entry(seq, user, "n", .room(.role(role, of: whom, until.map { .at($0) } ?? .never)))
    }

    /// The faults of a room that ann made.
    private static func faults(of entries: [ChatMessage], kind: RoomKind = .open) -> [HistoryVerdict.Fault] {
        var judge = RulesJudge(of: kind)
        return ([role(1, ann, .owner, of: ann)] + entries).compactMap { judge.see($0, sentAt: nil, logNumber: 0) }
    }

    @Test func aBannedUserWritesNothingUntilTheBanEnds() {
        let ban = Self.role(2, Self.ann, .banned, of: Self.bob, until: 40_000)
        #expect(Self.faults(of: [ban, Self.entry(3, Self.bob)]) == [.banned])
        #expect(Self.faults(of: [ban, Self.entry(3, Self.bob, "", .delete(Entries.id(1)))]) == [.banned])
        #expect(Self.faults(of: [ban, Self.entry(3, Self.cyd), Self.entry(4, Self.bob)]) == [])
        #expect(Self.faults(of: [ban, Self.role(3, Self.ann, .none, of: Self.bob), Self.entry(4, Self.bob)]) == [])
    }

    @Test func onlyMembersWriteInAPrivateRoom() {
        let member = Self.role(2, Self.ann, .member, of: Self.bob)
        #expect(Self.faults(of: [member, Self.entry(3, Self.bob)], kind: Self.closed) == [])
        #expect(Self.faults(of: [member, Self.entry(3, Self.cyd)], kind: Self.closed) == [.banned])
        let accepted = Self.role(3, Self.cyd, .member, of: Self.cyd)
        #expect(Self.faults(of: [member, accepted, Self.entry(4, Self.cyd)], kind: Self.closed) == [])
    }

    @Test func whileOnlyMembersMayWriteNobodyElseDoes() {
        let policy = Self.entry(2, Self.ann, "members", .room(.policy(.speak)))
        #expect(Self.faults(of: [policy, Self.entry(3, Self.bob)]) == [.silenced])
        #expect(Self.faults(of: [policy, Self.entry(3, Self.ann)]) == [])
        #expect(
            Self.faults(of: [policy, Self.role(3, Self.ann, .member, of: Self.bob), Self.entry(4, Self.bob)]) == [])
    }

    @Test func slowModeHoldsForWhoDoesNotModerate() {
        let policy = Self.entry(2, Self.ann, "1", .room(.policy(.slow)))
        func says(_ user: UserID, after ms: Int64) -> [ChatMessage] {
            [policy, Self.entry(3, user, ts: 30_000), Self.entry(4, user, ts: 30_000 + ms)]
        }
        #expect(Self.faults(of: says(Self.bob, after: 999)) == [.slowed])
        #expect(Self.faults(of: says(Self.bob, after: 1_000)) == [])
        #expect(Self.faults(of: says(Self.ann, after: 0)) == [])
    }

    @Test func onlyWhoMayChangesTheRules() {
        #expect(Self.faults(of: [Self.role(2, Self.bob, .banned, of: Self.cyd)]) == [.noRight])
        #expect(Self.faults(of: [Self.entry(2, Self.bob, "members", .room(.policy(.speak)))]) == [.noRight])
        let moderator = Self.role(2, Self.ann, .moderator, of: Self.bob)
        #expect(Self.faults(of: [moderator, Self.role(3, Self.bob, .banned, of: Self.cyd)]) == [])
        #expect(Self.faults(of: [moderator, Self.role(3, Self.bob, .banned, of: Self.ann)]) == [.noRight])
        #expect(Self.faults(of: [moderator, Self.role(3, Self.bob, .moderator, of: Self.cyd)]) == [.noRight])
    }

    /// A part of the log that nobody saw may have changed the rules.
    @Test func nothingIsJudgedAfterAGap() {
        var judge = RulesJudge(of: .open)
        _ = judge.see(Self.role(1, Self.ann, .owner, of: Self.ann), sentAt: nil, logNumber: 0)
        judge.loseSight()
        #expect(judge.see(Self.role(3, Self.bob, .banned, of: Self.cyd), sentAt: nil, logNumber: 0) == nil)
    }
}
