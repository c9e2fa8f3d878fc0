import ChatModel
import NIOCore
import Testing

@testable import Actors

@Suite("RoomPresence")
struct RoomPresenceTests {
    private let room = RoomName("den")!
    private let own = NodeIncarnation(name: "n1", generation: 1)
    private let other = NodeIncarnation(name: "n2", generation: 1)
    private let ann = User(id: UserID("a"), name: "ann")
    private let bob = User(id: UserID("b"), name: "bob")
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func presence() -> RoomPresence { RoomPresence(room: room, own: own.name) }

    @Test func aFirstSocketIsAnnouncedAndShownAfterAMoment() {
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

    @Test func aSecondTabIsTheSameMember() {
        var presence = presence()
        _ = presence.connected(ann, now: start)
        #expect(presence.connected(ann, now: start) == [.store([ann.id: NodeMember(name: "ann", sockets: 2)])])
        #expect(presence.memberCount == 1)
    }

    @Test func aReloadIsNoLeave() {
        var presence = presence()
        _ = presence.connected(ann, now: start)
        _ = presence.tick(now: start + .milliseconds(250))
        #expect(presence.disconnected(ann.id, now: start + .seconds(1)) == [])
        #expect(
            presence.connected(ann, now: start + .seconds(2)) == [.store([ann.id: NodeMember(name: "ann", sockets: 1)])]
        )
        #expect(presence.tick(now: start + .seconds(10)) == [])
        #expect(presence.memberCount == 1)
    }

    @Test func aLeaveCountsAfterFiveSeconds() {
        var presence = presence()
        _ = presence.connected(ann, now: start)
        _ = presence.tick(now: start + .milliseconds(250))
        _ = presence.disconnected(ann.id, now: start)
        #expect(presence.tick(now: start + .seconds(4)) == [])
        let gone = presence.tick(now: start + .seconds(5))
        #expect(gone == [.store([ann.id: nil], left: [ann.id])])
        #expect(
            presence.tick(now: start + .seconds(6)) == [
                .show(.changed(room: room, joined: [], left: [ann], memberCount: 0))
            ])
    }

    @Test func aUserOnTwoNodesLeavesWithTheLast() {
        var presence = presence()
        _ = presence.connected(ann, now: start)
        presence.heard(from: other, isPresent: true, joined: [ann, bob], left: [], now: start)
        #expect(presence.memberCount == 2)
        presence.heard(from: other, isPresent: true, joined: [], left: [ann.id], now: start)
        #expect(presence.memberCount == 2)
        presence.heard(from: other, isPresent: true, joined: [], left: [bob.id], now: start)
        #expect(presence.memberCount == 1)
    }

    @Test func theTruthIsToldOnlyIfItDiffers() {
        var presence = presence()
        _ = presence.connected(ann, now: start)
        #expect(presence.read([own: [ann]]) { _ in true } == [])
        let told = presence.read([own: [ann], other: [bob]]) { _ in true }
        guard case .show(.reset(_, let members, let count)) = told.first else {
            Issue.record("no reset")
            return
        }
        #expect(Set(members) == [ann, bob] && count == 2)
        #expect(presence.read([other: [bob]]) { _ in true } == [])
        #expect(presence.memberCount == 2, "own members are known better than the store knows them")
    }

    /// A read that was answered before a change, and arrives after it was heard.
    @Test func whatIsHeardDuringAReadCountsOverWhatWasRead() {
        var presence = presence()
        presence.heard(from: other, isPresent: true, joined: [bob], left: [], now: start)
        presence.beginRead()
        presence.heard(from: other, isPresent: true, joined: [ann], left: [bob.id], now: start)
        #expect(presence.read([other: [bob]]) { _ in true } == [])
        #expect(presence.name(of: ann.id) == "ann" && presence.name(of: bob.id) == nil)
        #expect(!presence.isReading)

        // A later read is believed again.
        presence.beginRead()
        let again = presence.read([other: [bob]]) { _ in true }
        #expect(again == [.show(.reset(room: room, members: [bob], memberCount: 1))])
    }

    @Test func aLargeRoomIsToldANumber() {
        var presence = presence()
        for index in 0..<250 {
            _ = presence.connected(User(id: UserID("u\(index)"), name: "u"), now: start)
        }
        #expect(
            presence.tick(now: start + .seconds(2)) == [
                .show(.changed(room: room, joined: [], left: [], memberCount: 250))
            ])
        #expect(presence.roster.members.count == 200)
    }

    @Test func aRoomThatWasLargeForAMomentIsToldAnew() {
        var presence = presence()
        for index in 0..<200 {
            _ = presence.connected(User(id: UserID("u\(index)"), name: "u"), now: start)
        }
        _ = presence.tick(now: start + .seconds(1))
        presence.heard(from: other, isPresent: true, joined: [ann], left: [], now: start + .seconds(2))
        presence.heard(from: other, isPresent: true, joined: [bob], left: [ann.id], now: start + .seconds(2))
        presence.heard(from: other, isPresent: true, joined: [], left: [bob.id], now: start + .seconds(2))
        let shown = presence.tick(now: start + .seconds(4))
        guard case .show(.reset(_, _, let count)) = shown.first else {
            Issue.record("no reset: \(shown)")
            return
        }
        #expect(count == 200)
    }

    @Test func aHeldLeaveIsNotSettled() {
        var presence = presence()
        _ = presence.connected(ann, now: start)
        _ = presence.disconnected(ann.id, now: start)
        #expect(!presence.isSettled)
        _ = presence.tick(now: start + .seconds(5))
        #expect(presence.isSettled)
    }

    @Test func whoIsDismissedIsNotThere() {
        var presence = presence()
        _ = presence.connected(ann, now: start)
        #expect(presence.everybodyGone() == [.store([ann.id: nil], left: [ann.id])])
        #expect(presence.isSettled)
    }

    @Test func joinsAreCutIntoFrames() {
        var presence = presence()
        for index in 0..<120 {
            _ = presence.connected(User(id: UserID("u\(index)"), name: "u"), now: start)
        }
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

    @Test func membersOfADeadNodeLeaveAtOnceInOneFrameAndComeBackWhenItRefutes() {
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

    @Test func aDeadNodeWithManyMembersIsToldAsTheWholeRoom() {
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

    @Test func whatADeadNodeSaysIsKeptForWhenItLives() {
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

    @Test func whoIsHeardAfterItsDeathBringsItsMembersBack() {
        var presence = here()
        _ = presence.membershipChanged(isPresent: { _ in false }, now: start + .seconds(2))
        presence.heard(from: other, isPresent: true, joined: [], left: [], now: start + .seconds(2))
        #expect(presence.memberCount == 2)
    }

    @Test func aLateLeaveOfADeadNodeDoesNotEraseARejoinElsewhere() {
        var presence = here()
        let third = NodeIncarnation(name: "n3", generation: 1)
        presence.heard(from: third, isPresent: true, joined: [bob], left: [], now: start + .seconds(1))
        #expect(presence.membershipChanged(isPresent: { $0 == third }, now: start + .seconds(2)) == [])
        presence.heard(from: other, isPresent: false, joined: [], left: [bob.id], now: start + .seconds(3))
        #expect(presence.name(of: bob.id) == "bob")
    }

    @Test func aReadHidesTheDeadButRemembersThem() {
        var presence = presence()
        _ = presence.connected(ann, now: start)
        _ = presence.tick(now: start + .seconds(1))
        #expect(presence.read([other: [bob]]) { _ in false } == [])
        #expect(presence.memberCount == 1)
        #expect(
            presence.membershipChanged(isPresent: { _ in true }, now: start) == [
                .show(.changed(room: room, joined: [bob], left: [], memberCount: 2))
            ])
    }

    @Test func aNewLifeOfThisNodeSaysAgainWhomItHas() {
        var presence = here()
        #expect(presence.restated() == [.store([ann.id: NodeMember(name: "ann", sockets: 1)], joined: [ann])])
        let past = NodeIncarnation(name: own.name, generation: 0)
        presence.heard(
            from: past, isPresent: true, joined: [User(id: UserID("g"), name: "ghost")], left: [], now: start)
        #expect(presence.memberCount == 2, "another life of this node is over")
    }
}
