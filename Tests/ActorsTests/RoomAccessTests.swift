import ChatModel
import ChatProtocol
import Testing

@testable import Actors

@Suite struct RoomAccessTests {
    private static let epoch = Epoch(random: 1, tag: 1)
    private static let team = RoomName("team") ?? .lobby
    private static let planning = RoomName("_private-abcdefghijklmnopqrstuvwxyz") ?? .lobby
    private static let (ann, bob) = (UserID("ann"), UserID("bob"))

    private static func entry(_ seq: UInt64, _ role: RoomRole, of user: UserID, _ end: RoleEnd = .never) -> ChatMessage
    {
        ChatMessage(
            id: MessageID(ms: 1, seq: seq), user: ann, name: "Ann", text: "Bob", key: "", ts: 1,
            act: .room(.role(role, of: user, end)))
    }

    private static func head(_ seq: UInt64, version: UInt64) -> LogHead {
        LogHead(
            position: RoomPosition(epoch: epoch, id: MessageID(ms: 1, seq: seq)), first: MessageID(ms: 1, seq: 1),
            forks: [], rulesVersion: version)
    }

    private static func page(_ seq: UInt64, _ rules: RoomRules?) -> LogPage {
        LogPage(
            head: head(seq, version: rules?.version ?? 0), messages: [], more: false, reached: nil, rules: rules)
    }

    @Test func nobodyMayEnterAPrivateRoomBeforeItsRulesAreKnown() {
        let access = RoomAccess(of: Self.planning)
        #expect(access.isRuled && access.refusal(of: Self.ann, at: 0) == .noRoom)
        #expect(!RoomAccess(of: Self.team).isRuled)
    }

    @Test func changesCountInTheOrderOfTheLogAndOnce() {
        var access = RoomAccess(of: Self.team)
        access.read(Self.page(5, nil), in: Self.epoch, now: 0)
        #expect(access.heard(Self.entry(4, .banned, of: Self.bob)) == nil, "the rules that were read include it")
        #expect(access.heard(Self.entry(6, .banned, of: Self.bob)) == Self.bob)
        #expect(access.refusal(of: Self.bob, at: 0)?.code == .banned && access.refusal(of: Self.ann, at: 0) == nil)
        #expect(access.heard(Self.entry(6, .none, of: Self.bob)) == nil, "not twice")
        #expect(!access.differs(from: Self.head(6, version: 1)))
        #expect(access.differs(from: Self.head(6, version: 2)), "a change was missed")
    }

    @Test func aVersionThatNoNodeWroteDoesNotTrap() {
        var access = RoomAccess(of: Self.team)
        let rules = RoomRules(version: .max, speakers: .everyone, slow: 0, title: "", topic: "", grants: [:])
        access.read(Self.page(5, rules), in: Self.epoch, now: 0)
        #expect(access.heard(Self.entry(6, .banned, of: Self.bob)) == Self.bob)
    }

    @Test func whereALogIsSkippedTheRulesAreReadAgain() {
        var access = RoomAccess(of: Self.team)
        _ = access.heard(Self.entry(500, .banned, of: Self.bob))
        access.skipped(to: RoomPosition(epoch: Epoch(random: 2, tag: 1), id: MessageID(ms: 2, seq: 3)))
        #expect(access.differs(from: Self.head(3, version: 1)), "even if the version is the same")
        access.beginRead()
        #expect(!access.differs(from: Self.head(3, version: 1)), "one read at a time")
        access.read(nil, in: Self.epoch, now: 0)
        #expect(access.differs(from: Self.head(3, version: 1)), "the log did not answer")
        access.read(Self.page(3, nil), in: Self.epoch, now: 0)
        #expect(!access.isRuled && access.refusal(of: Self.bob, at: 0) == nil)
        #expect(access.heard(Self.entry(4, .banned, of: Self.bob)) == Self.bob, "numbers of the new log")
    }

    @Test func rulesThatWereLongOnTheirWayAreReadAgain() {
        var access = RoomAccess(of: Self.planning)
        var rules = RoomRules()
        rules.apply(.role(.member, of: Self.bob, .never), text: "Bob")
        access.read(Self.page(1, rules), in: Self.epoch, now: 0)
        access.beginRead()
        _ = access.heard(Self.entry(2, .none, of: Self.bob))
        access.read(Self.page(1, rules), in: Self.epoch, now: 0)
        #expect(access.refusal(of: Self.bob, at: 0) == .noRoom)
        #expect(access.differs(from: Self.head(2, version: 2)), "they are read again")
        access.beginRead()
        access.dropRead()
        #expect(access.differs(from: Self.head(2, version: 2)), "also by a successor")
    }

    @Test func aRoleEnds() {
        var access = RoomAccess(of: Self.planning)
        var rules = RoomRules()
        rules.apply(.role(.owner, of: Self.ann, .never), text: "Ann")
        rules.apply(.role(.member, of: Self.bob, .at(1_000)), text: "Bob")
        access.read(Self.page(2, rules), in: Self.epoch, now: 0)
        #expect(access.awaitsEnd && !access.hasEnded(at: 999) && access.refusal(of: Self.bob, at: 999) == nil)
        #expect(access.hasEnded(at: 1_000) && access.refusal(of: Self.bob, at: 1_000) == .noRoom)
        #expect(!access.awaitsEnd && access.refusal(of: Self.ann, at: 1_000) == nil)
        #expect(access.shown(to: Self.bob, at: 1_000)?.role == RoomRole.none)
        #expect(access.roles(of: Self.planning, at: 1_000).holders.map(\.user.name) == ["Ann"])
    }
}
