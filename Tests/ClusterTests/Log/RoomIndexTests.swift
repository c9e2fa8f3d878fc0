import ChatModel
import NIOCore
import TestSupport
import Testing

@testable import Cluster

/// How many rooms there are: `MAX_ROOMS`.
@Suite struct RoomIndexTests {
    private static let den = RoomName("_private-abcdefghijklmnopqrstuvwxyz")!
    private static let team = RoomName("team")!

    private static func owner(of room: RoomName) -> MessageDraft {
        MessageDraft(
            user: UserID("ann"), name: "Ann", text: "Ann", key: "",
            act: .room(.role(.owner, of: UserID("ann"), .never)), authority: .maker)
    }

    private static func isFull(for room: RoomName, in backend: TestedBackend) async throws -> Bool {
        let (index, eventLoop) = (backend.index, backend.eventLoop)
        return try await eventLoop.submit { index.isFull(for: room, on: eventLoop) }.get()
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func openAndPrivateRoomsAreCountedApart(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind, configuration: .rooms { $0.mostRooms = 2 }) { backend in
            for name in ["a", "b"] { try await backend.publish(backend.draft("hi"), to: #require(RoomName(name))) }
            try await backend.publish(Self.owner(of: Self.den), to: Self.den)
            let areListed = try await eventually {
                let open = try await backend.administration.rooms(isPrivate: false, limit: 9).count
                return try await open + backend.administration.rooms(isPrivate: true, limit: 9).count == 3
            }
            #expect(areListed)
            #expect(try await eventually { try await Self.isFull(for: Self.team, in: backend) })
            #expect(try await !Self.isFull(for: Self.den, in: backend))
        }
    }

    @Test func aListIsReadEveryTenSecondsAtMost() {
        var fullness = RoomFullness()
        /// Whether it is full, and whether Redis is to be asked.
        func ask(_ list: String, at seconds: Int64) -> [Bool] {
            let answer = fullness.ask(list, at: .uptimeNanoseconds(7) + .seconds(seconds))
            return [answer.isFull, answer.isDue]
        }
        #expect(ask("a", at: 0) == [false, true])
        #expect(ask("b", at: 0) == [false, true])
        fullness.found("a", isFull: true)
        for seconds in [0, 9] { #expect(ask("a", at: Int64(seconds)) == [true, false]) }
        #expect(ask("b", at: 9) == [false, false])
        #expect(ask("a", at: 10) == [true, true])
        #expect(ask("a", at: 11) == [true, false])
        fullness.found("a", isFull: false)
        #expect(ask("a", at: 12) == [false, false])
    }
}
