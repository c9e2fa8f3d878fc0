import ChatModel
import Cluster
import NIOCore
import TestSupport
import Testing

/// What a user's devices share, in Redis, in a Redis Cluster and in memory: `docs/protocol.md`, section 14.
@Suite struct UserDevicesConformanceTests {
    private let ann = UserID("ann")
    private let bob = UserID("bob")

    private func position(_ ms: UInt64, _ seq: UInt64, log: UInt64 = 1, tag: UInt32 = 1) -> RoomPosition {
        RoomPosition(epoch: Epoch(random: log, tag: tag), id: MessageID(ms: ms, seq: seq))
    }

    @Test(arguments: TestedBackend.Kind.allCases, [1, 2, 3] as [UInt64])
    func whatIsReadGoesOnlyForwardInALogAndIsToldOnce(kind: TestedBackend.Kind, seed: UInt64) async throws {
        try await TestedBackend.with(kind) { backend in
            var random = SeededGenerator(seed: seed)
            let rooms = ["lobby", "team", "_private-abcdefghijklmnopqrstuvwxyz"].compactMap { RoomName($0) }
            var expected: [RoomName: RoomPosition] = [:]
            var told: [ReadPosition] = []
            for _ in 0..<60 {
                var call: [ReadPosition] = []
                for room in rooms where Bool.random(using: &random) {
                    let ms = [UInt64(9), 10, 99, 1_700_000_000_000, .max].randomElement(using: &random) ?? 9
                    let read = ReadPosition(
                        room: room,
                        position: position(
                            ms, .random(in: 8...11, using: &random),
                            log: Int.random(in: 0..<9, using: &random) == 0 ? 2 : 1,
                            tag: .random(in: 1...2, using: &random)))
                    call.append(read)
                    guard ReadPosition.isFurther(read.position, than: expected[room]) else { continue }
                    expected[room] = read.position
                    told.append(read)
                }
                try await backend.read(call, by: ann, at: 7)
            }
            let all = Set(expected.map { ReadPosition(room: $0.key, position: $0.value) })
            #expect(try await backend.positions(of: ann) == all, "seed \(seed)")
            #expect(try await backend.positions(of: bob) == [])
            let origin = SocketOrigin(node: backend.node.name, socket: SocketID(7))
            let news = told.map { UserNews.read($0, origin: origin) }
            try await eventually("all of it is told, seed \(seed)") { backend.receiver.news(for: ann) == news }
            #expect(backend.receiver.news(for: bob) == [])
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func theRoomsWithTheOldestMessagesReadMakeWay(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            var all: [ReadPosition] = []
            for number in 0..<ReadPosition.mostRooms + 10 {
                let room = try #require(RoomName("room-\(number)"))
                // Their age has nothing to do with when they were first read.
                all.append(ReadPosition(room: room, position: position(UInt64(1 + number * 37 % 211), 1)))
            }
            for read in all { try await backend.read([read], by: ann) }
            let kept = try await backend.positions(of: ann)
            #expect(kept.count == ReadPosition.mostRooms)
            #expect(kept.isSubset(of: all))
            // The last one always has a place.
            #expect(try kept.contains(#require(all.last)))
            #expect(kept.map(\.position.id.ms).min() ?? 0 > 1)
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func aPrivateRoomIsForgottenWithTheRole(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let den = try #require(RoomName("_private-abcdefghijklmnopqrstuvwxyz"))
            func give(_ role: RoomRole, _ authority: Authority = .own) async throws {
                try await backend.publish(
                    MessageDraft(
                        user: ann, name: "Ann", text: "Bob", key: "", act: .room(.role(role, of: bob, .never)),
                        authority: authority), to: den)
            }
            try await backend.publish(
                MessageDraft(
                    user: ann, name: "Ann", text: "Ann", key: "", act: .room(.role(.owner, of: ann, .never)),
                    authority: .maker), to: den)
            try await give(.member)
            try await backend.read(
                [den, .lobby].map { ReadPosition(room: $0, position: position(1, 1)) }, by: bob)
            try await give(.none)
            try await eventually("only the lobby is left") {
                try await backend.positions(of: bob).map(\.room) == [.lobby]
            }
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func aLinkIsUsedOnce(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 { group.addTask { try await backend.take("a-link", to: ann) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(taken.count { $0 } == 1)
            #expect(try await backend.take("another", to: ann))
            #expect(try await !backend.take("another", to: bob))
            try await eventually("the user is told") { backend.receiver.news(for: ann) == [.linked, .linked] }
            #expect(backend.receiver.news(for: bob) == [])
        }
    }
}
