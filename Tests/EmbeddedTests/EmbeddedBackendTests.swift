import ChatModel
import NIOEmbedded
import TestSupport
import Testing

@testable import Embedded

@Suite struct EmbeddedBackendTests {
    private static let draft = MessageDraft(user: UserID("u"), name: "Ann", text: "text", key: "k")
    private static let rooms = ["a", "b", "c", "d"].compactMap { RoomName($0) }

    private static func wasAppended(_ outcome: EmbeddedBackend.Outcome) -> Bool {
        if case .appended = outcome { true } else { false }
    }

    private static func store(_ bytes: Int, _ clock: ManualMilliseconds = ManualMilliseconds()) -> EmbeddedBackend {
        var limits = RoomLimits()
        limits.idleDays = 1
        return EmbeddedBackend(
            node: NodeIncarnation(name: "n1", generation: 1), limits: limits, maximumMemory: bytes,
            now: { clock.now })
    }

    private static func messages(of room: RoomName, in store: EmbeddedBackend) -> [UInt64] {
        ((try? store.page(.backward(before: nil, limit: 200), of: room).get().messages) ?? []).map(\.id.seq)
    }

    private static func fill(_ room: RoomName, of store: EmbeddedBackend, _ count: Int) -> [Bool] {
        (0..<count).map { _ in wasAppended(store.append(draft(4_000), to: room)) }
    }

    @Test func noRoomLosesMessagesToAnother() {
        let store = Self.store(100_000)
        _ = store.append(Self.draft, to: Self.rooms[0])
        #expect(Self.fill(Self.rooms[1], of: store, 50).allSatisfy { $0 })
        // The room that is written in has made place for itself; a new one is refused, and told why.
        #expect(Self.messages(of: Self.rooms[1], in: store).count < 25)
        #expect(Self.messages(of: Self.rooms[1], in: store).last == 50)
        #expect(Self.messages(of: Self.rooms[0], in: store) == [1])
        guard case .refused(let error) = store.append(Self.draft(4_000), to: Self.rooms[2]) else {
            Issue.record("a new room was taken although the memory is full")
            return
        }
        #expect(error.code == .overloaded && error.message.contains("memory"))
        #expect(store.recentRooms(limit: 9).count == 2)
    }

    @Test func manyNewRoomsStayWithinTheMemoryLimit() {
        let store = Self.store(1_000_000)
        _ = store.append(Self.draft, to: Self.rooms[0])
        let taken = (0..<2_000).count { Self.wasAppended(store.append(Self.draft, to: RoomName("room\($0)")!)) }
        #expect(taken < 1_000)
        #expect(store.recentRooms(limit: 10_000).count == taken + 1)
        #expect(Self.messages(of: Self.rooms[0], in: store) == [1])
        #expect(!Self.wasAppended(store.append(Self.draft, to: Self.rooms[1])))
    }

    @Test func expiredRoomsMakeRoomUnlessSubscribed() {
        let clock = ManualMilliseconds()
        let store = Self.store(25_000, clock)
        store.subscribe(to: Self.rooms[0], on: EmbeddedEventLoop()) {}
        for room in Self.rooms.prefix(2) { #expect(Self.fill(room, of: store, 2) == [true, true]) }
        #expect(Self.fill(Self.rooms[2], of: store, 1) == [false])
        clock.advance(by: 25 * 3_600 * 1_000)
        #expect(Self.fill(Self.rooms[3], of: store, 2) == [true, true])
        #expect(Set(store.recentRooms(limit: 9).map(\.room)) == [Self.rooms[0], Self.rooms[3]])
    }

    @Test func roomsThatBelongToNobodyExpireSooner() throws {
        let clock = ManualMilliseconds()
        var limits = RoomLimits()
        (limits.unownedDays, limits.mostRooms) = (7, 3)
        let store = EmbeddedBackend(
            node: NodeIncarnation(name: "n1", generation: 1), limits: limits, now: { clock.now })
        let claim = MessageDraft(
            user: UserID("u"), name: "Ann", text: "Ann", key: "",
            act: .room(.role(.owner, of: UserID("u"), .never)), authority: .maker)
        #expect(Self.wasAppended(store.append(claim, to: Self.rooms[0])))
        for room in [.lobby, Self.rooms[1]] { #expect(Self.wasAppended(store.append(Self.draft, to: room))) }
        func isFull() -> Bool { store.isFull(for: Self.rooms[3], on: EmbeddedEventLoop()) }
        #expect(isFull())
        clock.advance(by: 8 * 24 * 3_600 * 1_000)
        #expect(!isFull() && Set(store.recentRooms(limit: 9).map(\.room)) == [Self.rooms[0], .lobby])
    }

    @Test func whatIsDeletedOrExpiredIsNotCounted() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let clock = ManualMilliseconds()
        var limits = RoomLimits()
        (limits.idleDays, limits.unownedDays, limits.mostRooms) = (4, 1, 5)
        let store = EmbeddedBackend(
            node: NodeIncarnation(name: "n1", generation: 1), limits: limits, now: { clock.now })
        let hidden = try "abcdefgh".map { try #require(RoomName("_private-" + String(repeating: $0, count: 26))) }
        let open = try (0..<8).map { try #require(RoomName("open-\($0)")) }
        for _ in 0..<500 {
            let rooms = Bool.random(using: &generator) ? hidden : open
            let room = rooms[Int.random(in: rooms.indices, using: &generator)]
            let claim = MessageDraft(
                user: UserID("u"), name: "Ann", text: "Ann", key: "",
                act: .room(.role(.owner, of: UserID("u"), .never)), authority: .maker)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0: _ = store.delete(room)
            case 1: clock.advance(by: 12 * 3_600 * 1_000)
            case 2: if Int.random(in: 0..<20, using: &generator) == 0 { store.removeAll() }
            default: _ = store.append(room.isPrivate || Bool.random(using: &generator) ? claim : Self.draft, to: room)
            }
            for (isPrivate, name) in [(true, hidden[0]), (false, open[0])] {
                let isFull = store.isFull(for: name, on: EmbeddedEventLoop())
                #expect(isFull == (store.rooms(isPrivate: isPrivate, limit: 99).count >= 5), "seed \(seed)")
            }
        }
    }

    @Test func forgottenRoomsTakeNoMemory() {
        let store = Self.store(10_000)
        for _ in 0..<5 {
            #expect(Self.fill(Self.rooms[0], of: store, 2) == [true, true])
            store.removeAll()
        }
    }

    private static func draft(_ length: Int) -> MessageDraft {
        MessageDraft(user: UserID("u"), name: "Ann", text: String(repeating: "x", count: length), key: "")
    }
}
