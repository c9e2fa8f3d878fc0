import ChatModel
import Testing

@testable import ChatClient

extension ShownRoom {
    static func with(limit: Int = 100, _ entries: [ChatMessage]) -> ShownRoom {
        var room = ShownRoom(limit: limit)
        for entry in entries { room.take(entry) }
        return room
    }
}

struct ShownRoomTests {
    private static func texts(_ room: ShownRoom) -> [String] { room.messages.map(\.text) }

    @Test func actsAreAppliedToTheirMessages() {
        let room = ShownRoom.with([
            Entries.message(1, "one"), Entries.edit(1, as: 2, "won"), Entries.message(3, "two"),
            Entries.message(4, "three"), Entries.delete(3, as: 5), Entries.react(4, as: 6, "👍"),
        ])
        #expect(Self.texts(room) == ["won", "", "three"])
        #expect(room[Entries.id(4)]?.reactions == ["👍": [UserID("bob")]])
    }

    @Test func anActOnAnUnknownMessageIsDropped() {
        let room = ShownRoom.with(
            limit: 2, (1...4).map { Entries.message($0, "\($0)") } + [Entries.edit(1, as: 5, "won")])
        #expect(Self.texts(room) == ["3", "4"])
        #expect(room[Entries.id(1)] == nil)
    }

    /// After a failover another message may have the number.
    @Test func actsMatchMessagesByTheFullID() {
        var room = ShownRoom.with([Entries.message(1, "one")])
        let other = ChatMessage(
            id: Entries.id(2), user: UserID("ann"), name: "ann", text: "two", key: "", ts: 1,
            act: .edit(MessageID(ms: 7, seq: 1)))
        room.take(other)
        #expect(Self.texts(room) == ["one"])
    }

    @Test func aRestartedLogIsADifferentLog() {
        let room = ShownRoom.with([Entries.message(4, "old"), Entries.message(1, "new"), Entries.edit(4, as: 2, "no")])
        #expect(Self.texts(room) == ["new"])
    }

    @Test func withoutAViewNothingIsKept() {
        #expect(ShownRoom.with(limit: 0, [Entries.message(1, "one")]).messages.isEmpty)
    }
}
