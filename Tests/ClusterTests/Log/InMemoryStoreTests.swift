import ChatModel
import Testing

@testable import Cluster

@Suite struct InMemoryStoreTests {
    private static let draft = MessageDraft(user: UserID("u"), name: "Ann", text: "text", key: "k")
    private static let rooms = ["a", "b", "c", "d"].compactMap { RoomName($0) }

    private static func wasAppended(_ outcome: InMemoryStore.Outcome) -> Bool {
        if case .appended = outcome { true } else { false }
    }

    @Test func theRoomThatWasSilentForLongestMakesPlace() {
        let clock = ManualMilliseconds()
        let store = InMemoryStore(configuration: ClusterConfiguration(), maximumRooms: 3, now: { clock.now })
        store.subscribe(to: Self.rooms[0])
        for room in Self.rooms {
            #expect(Self.wasAppended(store.append(Self.draft, to: room)))
            clock.advance(by: 1)
        }
        #expect(store.recentRooms(limit: 10).map(\.room) == [Self.rooms[3], Self.rooms[2], Self.rooms[0]])
    }

    @Test func aRoomThatSomebodyListensToIsNeverDropped() {
        let store = InMemoryStore(configuration: ClusterConfiguration(), maximumRooms: 2, now: { 1 })
        for room in Self.rooms { store.subscribe(to: room) }
        let taken = Self.rooms.map { Self.wasAppended(store.append(Self.draft, to: $0)) }
        #expect(taken == [true, true, false, false])
        store.unsubscribe(from: Self.rooms[0])
        #expect(Self.wasAppended(store.append(Self.draft, to: Self.rooms[2])))
        #expect(store.page(.head, of: Self.rooms[0]).head == .empty)
    }

    @Test func aDroppedRoomBeginsAnewAndForgetsItsKeys() {
        let store = InMemoryStore(configuration: ClusterConfiguration(), maximumRooms: 1, now: { 1 })
        _ = store.append(Self.draft, to: Self.rooms[0])
        let before = store.page(.head, of: Self.rooms[0]).head.position
        _ = store.append(Self.draft, to: Self.rooms[1])
        #expect(Self.wasAppended(store.append(Self.draft, to: Self.rooms[0])))
        let after = store.page(.head, of: Self.rooms[0]).head.position
        #expect(after.id.seq == 1)
        #expect(after.epoch != before.epoch)
    }
}
