import ChatModel
import ChatProtocol
import NIOCore
import TestSupport
import Testing

@testable import Actors

@Suite struct RoomPresenceTests {
    private let room = RoomName("den")!
    private let own = NodeIncarnation(name: "n1", generation: 1)
    private let other = NodeIncarnation(name: "n2", generation: 1)
    private let ann = User(id: UserID("a"), name: "ann")
    private let bob = User(id: UserID("b"), name: "bob")
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func presence() -> RoomPresence { RoomPresence(room: room, own: own.name) }

    private func read(
        into presence: inout RoomPresence, _ nodes: [NodeIncarnation: [User]],
        isPresent: (NodeIncarnation) -> Bool
    ) throws -> [RoomPresence.Action] {
        presence.beginRead()
        return try presence.read(nodes, isPresent: isPresent)
    }

    @Test func aFirstSocketIsAnnouncedAndShownAfterADelay() throws {
        var presence = presence()
        #expect(
            presence.connected(ann, now: start) == [
                .store([ann.id: NodeMember(name: "ann", sockets: 1)], joined: [ann])
            ])
        #expect(presence.tick(now: start + .milliseconds(100)) == [])
        #expect(
            presence.tick(now: start + .milliseconds(250)) == [
                .show(.changed(room: room, joined: [ann], left: [], memberCount: 1))
            ])
    }

    @Test func aSecondTabIsTheSameMember() throws {
        var presence = presence()
        _ = presence.connected(ann, now: start)
        #expect(presence.connected(ann, now: start) == [.store([ann.id: NodeMember(name: "ann", sockets: 2)])])
        #expect(presence.memberCount == 1)
    }

    @Test func aReloadIsNotALeave() throws {
        var presence = presence()
        _ = presence.connected(ann, now: start)
        _ = presence.tick(now: start + .milliseconds(250))
        #expect(try presence.disconnected(ann.id, now: start + .seconds(1)) == [])
        #expect(
            presence.connected(ann, now: start + .seconds(2)) == [.store([ann.id: NodeMember(name: "ann", sockets: 1)])]
        )
        #expect(presence.tick(now: start + .seconds(10)) == [])
        #expect(presence.memberCount == 1)
    }

    @Test func aLeaveCountsAfterFiveSeconds() throws {
        var presence = presence()
        _ = presence.connected(ann, now: start)
        _ = presence.tick(now: start + .milliseconds(250))
        _ = try presence.disconnected(ann.id, now: start)
        #expect(presence.tick(now: start + .seconds(4)) == [])
        let gone = presence.tick(now: start + .seconds(5))
        #expect(gone == [.store([ann.id: nil], left: [ann.id])])
        #expect(
            presence.tick(now: start + .seconds(6)) == [
                .show(.changed(room: room, joined: [], left: [ann], memberCount: 0))
            ])
    }

    @Test func aUserOnTwoNodesLeavesWithTheLast() throws {
        var presence = presence()
        _ = presence.connected(ann, now: start)
        presence.heard(from: other, isPresent: true, joined: [ann, bob], left: [], now: start)
        #expect(presence.memberCount == 2)
        presence.heard(from: other, isPresent: true, joined: [], left: [ann.id], now: start)
        #expect(presence.memberCount == 2)
        presence.heard(from: other, isPresent: true, joined: [], left: [bob.id], now: start)
        #expect(presence.memberCount == 1)
    }

    @Test func aRosterIsSentOnlyIfItDiffers() throws {
        var presence = presence()
        _ = presence.connected(ann, now: start)
        #expect(try read(into: &presence, [own: [ann]]) { _ in true } == [])
        let told = try read(into: &presence, [own: [ann], other: [bob]]) { _ in true }
        guard case .show(.reset(_, let members, let count)) = told.first else {
            Issue.record("no reset")
            return
        }
        #expect(Set(members) == [ann, bob] && count == 2)
        #expect(try read(into: &presence, [other: [bob]]) { _ in true } == [])
        #expect(presence.memberCount == 2, "own members are known better than the store knows them")
    }

    /// A read that was answered before a change, and arrives after it was heard.
    @Test func changesDuringAReadOverrideItsResult() throws {
        var presence = presence()
        presence.heard(from: other, isPresent: true, joined: [bob], left: [], now: start)
        presence.beginRead()
        presence.heard(from: other, isPresent: true, joined: [ann], left: [bob.id], now: start)
        #expect(try presence.read([other: [bob]]) { _ in true } == [])
        #expect(presence.name(of: ann.id) == "ann" && presence.name(of: bob.id) == nil)
        #expect(!presence.isReading)

        // A later read is believed again.
        presence.beginRead()
        let again = try presence.read([other: [bob]]) { _ in true }
        #expect(again == [.show(.reset(room: room, members: [bob], memberCount: 1))])
    }

    @Test func aLargeRoomGetsOnlyACount() throws {
        var presence = presence()
        for index in 0..<250 { _ = presence.connected(User(id: UserID("u\(index)"), name: "u"), now: start) }
        #expect(
            presence.tick(now: start + .seconds(2)) == [
                .show(.changed(room: room, joined: [], left: [], memberCount: 250))
            ])
        #expect(presence.roster.members.users.count == 200)
    }

    @Test func theCountOfAVeryLargeRoomIsShownLessOften() throws {
        var presence = presence()
        for index in 0..<3_000 { _ = presence.connected(User(id: UserID("u\(index)"), name: "u"), now: start) }
        _ = presence.tick(now: start + .seconds(10))
        _ = presence.connected(ann, now: start + .seconds(20))
        #expect(presence.tick(now: start + .seconds(22)) == [])
        #expect(
            presence.tick(now: start + .seconds(23)) == [
                .show(.changed(room: room, joined: [], left: [], memberCount: 3_001))
            ])
    }

    /// The list that newcomers get is kept from one to the next.
    @Test(arguments: UInt64(0)..<20) func newcomersGetMembersUnderTheirNames(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var presence = presence()
        var present: Set<UserID> = []
        for _ in 0..<600 {
            let user = User(
                id: UserID("u\(Int.random(in: 0..<230, using: &random))"),
                name: "name \(Int.random(in: 0..<4, using: &random))")
            switch Int.random(in: 0..<8, using: &random) {
            case 0 where present.remove(user.id) != nil:
                _ = try presence.disconnected(user.id, now: start)
                _ = presence.tick(now: start + .seconds(6))
            case 1: _ = presence.renamed(user)
            default:
                if present.insert(user.id).inserted { _ = presence.connected(user, now: start) }
            }
            let roster = presence.roster
            #expect(roster.memberCount == present.count)
            #expect(Set(roster.members.users.map(\.id)).count == min(present.count, 200))
            #expect(roster.members.users.allSatisfy { present.contains($0.id) && presence.name(of: $0.id) == $0.name })
        }
    }

    @Test func aRoomThatWasBrieflyLargeGetsTheRosterAgain() throws {
        var presence = presence()
        for index in 0..<200 { _ = presence.connected(User(id: UserID("u\(index)"), name: "u"), now: start) }
        _ = presence.tick(now: start + .seconds(1))
        presence.heard(from: other, isPresent: true, joined: [ann], left: [], now: start + .seconds(2))
        presence.heard(from: other, isPresent: true, joined: [bob], left: [ann.id], now: start + .seconds(2))
        presence.heard(from: other, isPresent: true, joined: [], left: [bob.id], now: start + .seconds(2))
        let shown = presence.tick(now: start + .seconds(4))
        let isReset = if case .show(.reset(_, _, 200)) = shown.first { true } else { false }
        #expect(isReset, "\(shown)")
    }

    @Test func aHeldLeaveIsNotSettled() throws {
        var presence = presence()
        _ = presence.connected(ann, now: start)
        _ = try presence.disconnected(ann.id, now: start)
        #expect(!presence.isSettled)
        _ = presence.tick(now: start + .seconds(5))
        #expect(presence.isSettled)
    }

    @Test func aDismissedMemberIsAbsent() throws {
        var presence = presence()
        _ = presence.connected(ann, now: start)
        #expect(presence.removeEveryone() == [.store([ann.id: nil], left: [ann.id])])
        #expect(presence.isSettled)
    }

    @Test func joinsAreSplitIntoFrames() throws {
        var presence = presence()
        for index in 0..<120 { _ = presence.connected(User(id: UserID("u\(index)"), name: "u"), now: start) }
        let shown = presence.tick(now: start + .seconds(1))
        #expect(shown.count == 3)
    }

    // MARK: Nodes that die

    private func here() -> RoomPresence {
        var presence = presence()
        _ = presence.connected(ann, now: start)
        presence.heard(from: other, isPresent: true, joined: [ann, bob], left: [], now: start)
        _ = presence.tick(now: start + .seconds(1))
        return presence
    }

    @Test func membersOfADeadNodeLeaveInOneFrameAndReturnWhenItRefutes() throws {
        var presence = here()
        #expect(
            presence.membershipChanged(isPresent: { _ in false }, now: start + .seconds(2)) == [
                .show(.changed(room: room, joined: [], left: [bob], memberCount: 1))
            ])
        #expect(presence.membershipChanged(isPresent: { _ in false }, now: start + .seconds(2)) == [])
        #expect(
            presence.membershipChanged(isPresent: { _ in true }, now: start + .seconds(3)) == [
                .show(.changed(room: room, joined: [bob], left: [], memberCount: 2))
            ])
        #expect(presence.tick(now: start + .seconds(9)) == [], "all is said")
    }

    @Test func theDeathOfALargeNodeSendsTheWholeRoster() throws {
        var presence = presence()
        _ = presence.connected(ann, now: start)
        let many = (0..<60).map { User(id: UserID("u\($0)"), name: "u") }
        presence.heard(from: other, isPresent: true, joined: many, left: [], now: start)
        _ = presence.tick(now: start + .seconds(1))
        #expect(
            presence.membershipChanged(isPresent: { _ in false }, now: start + .seconds(2)) == [
                .show(.reset(room: room, members: [ann], memberCount: 1))
            ])
    }

    @Test func changesFromADeadNodeAreKeptUntilItIsAlive() throws {
        var presence = here()
        _ = presence.membershipChanged(isPresent: { _ in false }, now: start + .seconds(2))
        let zoe = User(id: UserID("z"), name: "zoe")
        presence.heard(from: other, isPresent: false, joined: [zoe], left: [bob.id], now: start + .seconds(2))
        #expect(presence.tick(now: start + .seconds(3)) == [])
        #expect(
            presence.membershipChanged(isPresent: { _ in true }, now: start + .seconds(3)) == [
                .show(.changed(room: room, joined: [zoe], left: [], memberCount: 2))
            ])
    }

    @Test func aNodeHeardAfterItsDeathBringsItsMembersBack() throws {
        var presence = here()
        _ = presence.membershipChanged(isPresent: { _ in false }, now: start + .seconds(2))
        presence.heard(from: other, isPresent: true, joined: [], left: [], now: start + .seconds(2))
        #expect(presence.memberCount == 2)
    }

    @Test func aLateLeaveOfADeadNodeDoesNotEraseARejoinElsewhere() throws {
        var presence = here()
        let third = NodeIncarnation(name: "n3", generation: 1)
        presence.heard(from: third, isPresent: true, joined: [bob], left: [], now: start + .seconds(1))
        #expect(presence.membershipChanged(isPresent: { $0 == third }, now: start + .seconds(2)) == [])
        presence.heard(from: other, isPresent: false, joined: [], left: [bob.id], now: start + .seconds(3))
        #expect(presence.name(of: bob.id) == "bob")
    }

    @Test func aReadHidesMembersOfDeadNodesButKeepsThem() throws {
        var presence = presence()
        _ = presence.connected(ann, now: start)
        _ = presence.tick(now: start + .seconds(1))
        #expect(try read(into: &presence, [other: [bob]]) { _ in false } == [])
        #expect(presence.memberCount == 1)
        #expect(
            presence.membershipChanged(isPresent: { _ in true }, now: start) == [
                .show(.changed(room: room, joined: [bob], left: [], memberCount: 2))
            ])
    }

    @Test func aNewIncarnationAnnouncesItsMembersAgain() throws {
        var presence = here()
        #expect(presence.restated() == [.store([ann.id: NodeMember(name: "ann", sockets: 1)], joined: [ann])])
        let past = NodeIncarnation(name: own.name, generation: 0)
        presence.heard(
            from: past, isPresent: true, joined: [User(id: UserID("g"), name: "ghost")], left: [], now: start)
        #expect(presence.memberCount == 2, "another life of this node is over")
    }

    // MARK: Invariants

    @Test func impossibleEventsBreakAnInvariant() throws {
        var presence = presence()
        #expect(throws: InvariantBroken.self) { try presence.roster(for: [ann.id]) }
        #expect(throws: InvariantBroken.self) { try presence.disconnected(ann.id, now: start) }
        _ = presence.connected(ann, now: start)
        #expect(try presence.roster(for: [ann.id]).memberCount == 1)
        #expect(throws: InvariantBroken.self) { try presence.roster(for: [ann.id, bob.id]) }
        #expect(throws: InvariantBroken.self) { try presence.read([:]) { _ in true } }
    }

    // MARK: What a member sees

    /// As the page does it, see `RoomStore.js`.
    private struct Onlooker {
        var names: [UserID: String] = [:]

        mutating func see(_ actions: [RoomPresence.Action]) {
            for case .show(let frame) in actions {
                switch frame {
                case .reset(_, let members, _):
                    names = Dictionary(uniqueKeysWithValues: members.map { ($0.id, $0.name) })
                case .changed(_, let joined, let left, _):
                    for user in left { names[user.id] = nil }
                    for user in joined { names[user.id] = user.name }
                }
            }
        }

        mutating func see(renamed user: User) {
            if names[user.id] != nil { names[user.id] = user.name }
        }
    }

    @Test func aRenameBeforeTheJoinIsShownReplacesTheName() throws {
        var presence = presence()
        var page = Onlooker()
        _ = presence.connected(ann, now: start)
        let anna = User(id: ann.id, name: "anna")
        _ = presence.renamed(anna)
        page.see(renamed: anna)
        page.see(presence.tick(now: start + .milliseconds(250)))
        #expect(page.names == [ann.id: "anna"])
    }

    @Test func aMemberReturningUnderANewNameIsShownUnderIt() throws {
        var presence = here()
        var page = Onlooker(names: [ann.id: "ann", bob.id: "bob"])
        presence.heard(from: other, isPresent: true, joined: [], left: [bob.id], now: start + .seconds(2))
        let rob = User(id: bob.id, name: "rob")
        presence.heard(from: other, isPresent: true, joined: [rob], left: [], now: start + .seconds(2))
        page.see(presence.tick(now: start + .seconds(3)))
        #expect(page.names == [ann.id: "ann", bob.id: "rob"])
    }

    /// Whatever happens in whichever order: when all is shown, a member sees who is there, under their names.
    @Test(arguments: UInt64(0)..<300)
    func everyMemberEventuallySeesTheRoster(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var presence = presence()
        var page = Onlooker()
        var now = start
        let nodes = [other, NodeIncarnation(name: "n3", generation: 1)]
        var dead: Set<NodeIncarnation> = []
        var sockets: [UserID: Int] = [:]
        let users = (0..<Int.random(in: 2...6, using: &random)).map { UserID("u\($0)") }
        for _ in 0..<200 {
            let user = User(
                id: users.randomElement(using: &random)!, name: "name \(Int.random(in: 0..<4, using: &random))")
            let node = nodes.randomElement(using: &random)!
            var actions: [RoomPresence.Action] = []
            switch Int.random(in: 0..<9, using: &random) {
            case 0:
                actions = presence.connected(user, now: now)
                sockets[user.id, default: 0] += 1
            case 1:
                guard let count = sockets[user.id], count > 0 else { break }
                actions = try presence.disconnected(user.id, now: now)
                sockets[user.id] = count - 1
            case 2:
                actions = presence.renamed(user)
                page.see(renamed: user)
            case 3, 4:
                let isPresent = !dead.contains(node)
                presence.heard(from: node, isPresent: isPresent, joined: [user], left: [], now: now)
            case 5:
                presence.heard(from: node, isPresent: !dead.contains(node), joined: [], left: [user.id], now: now)
            case 6:
                if dead.remove(node) == nil { dead.insert(node) }
                actions = presence.membershipChanged(isPresent: { [dead] in !dead.contains($0) }, now: now)
            case 7:
                actions = try read(into: &presence, [node: [user]], isPresent: { [dead] in !dead.contains($0) })
            default:
                now = now + .milliseconds(.random(in: 0...3_000, using: &random))
                actions = presence.tick(now: now)
            }
            page.see(actions)
        }
        page.see(presence.tick(now: now + .seconds(6)))
        page.see(presence.tick(now: now + .seconds(12)))
        #expect(page.names == Dictionary(uniqueKeysWithValues: presence.roster.members.users.map { ($0.id, $0.name) }))
        #expect(page.names.count == presence.memberCount)
    }
}
