import ChatModel
import NIOCore
import TestSupport
import Testing

@testable import Cluster

/// How many rooms there are, and how long they stay: `MAX_ROOMS`, `GUEST_ROOM_TTL_DAYS`.
@Suite struct RoomIndexTests {
    private static let day = 86_400
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

    @Test func roomsWhoseLogHasExpiredAreNotCountedForLong() async throws {
        let configuration = ClusterConfiguration.rooms { ($0.mostRooms, $0.unownedDays) = (1, 7) }
        try await withRedisServer { server in
            try await RedisNode.with(server, configuration: configuration) { node in
                let now = Int(WallClock.milliseconds())
                // More than are looked at in one go. The oldest has a log.
                let gone = (0..<250).flatMap { ["\(now - (8 * Self.day + $0) * 1_000)", "gone-\($0)"] }
                let others = ["\(now - 9 * Self.day * 1_000)", "team", "\(now - 6 * Self.day * 1_000)", "young"]
                try server.cli(["ZADD", "webchat:rooms"] + gone + others)
                try server.cli("XADD", "webchat:{team}:log", "*", "text", "hi")
                let (index, eventLoop) = (node.index, node.backend.eventLoop)
                try await eventLoop.submit { index.note(.lobby, at: UInt64(now), on: eventLoop) }.get()
                #expect(try await eventually { try server.cli("ZCARD", "webchat:rooms") == "54" })
                _ = try await Self.isFull(for: Self.team, in: node.backend)
                #expect(
                    try await eventually {
                        try server.cli("ZRANGE", "webchat:rooms", "0", "-1") == "team\nyoung\nlobby"
                    })
            }
        }
    }

    @Test func aRoomThatBelongsToSomebodyIsKeptLonger() async throws {
        try await TestedBackend.withRedis(.rooms { $0.unownedDays = 7 }) { backend, server in
            func days(_ room: RoomName) throws -> [Int] {
                try ["log", "head", "acts", "rules"].map { key in
                    let seconds = try #require(Int(server.cli("TTL", "webchat:{\(room)}:\(key)")))
                    return (seconds + 60) / Self.day
                }
            }
            let said = try await backend.publish(backend.draft("hi"), to: Self.team)
            let react = MessageDraft(
                user: UserID("u1"), name: "Ann", text: "", key: "",
                act: .react(said.position.id, emoji: "👍", on: true))
            try await backend.publish(react, to: Self.team)
            #expect(try days(Self.team) == [7, 7, 7, 0])
            let ban = MessageDraft(
                user: UserID("op"), name: "op", text: "bob", key: "",
                act: .room(.role(.banned, of: UserID("bob"), .never)), authority: .operator)
            try await backend.publish(ban, to: Self.team)
            #expect(try days(Self.team) == [90, 90, 90, 91])
            try await backend.publish(backend.draft("more"), to: Self.team)
            #expect(try days(Self.team) == [90, 90, 90, 91])
            try await backend.publish(backend.draft("hi"))
            #expect(try days(.lobby) == [90, 90, 0, 0])
            try await backend.publish(Self.owner(of: Self.den), to: Self.den)
            #expect(try days(Self.den) == [90, 90, 0, 91])
            // All in one call.
            let other = try #require(RoomName("other"))
            _ = try await backend.publish([backend.draft("hi"), ban], to: other, atOnce: 2)
            #expect(try days(other) == [90, 90, 0, 91])
        }
    }
}
