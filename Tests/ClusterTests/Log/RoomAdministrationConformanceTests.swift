import ChatModel
import Cluster
import TestSupport
import Testing

/// What operators see of rooms and do to them, in Redis, in a Redis Cluster and in memory.
@Suite struct RoomAdministrationConformanceTests {
    private let den = RoomName("_private-abcdefghijklmnopqrstuvwxyz")!
    private let ann = UserID("ann")
    private let bob = UserID("bob")

    private func role(
        _ role: RoomRole, of user: UserID, by actor: UserID, _ authority: Authority = .own, _ end: RoleEnd = .never
    ) -> MessageDraft {
        MessageDraft(
            user: actor, name: actor.description, text: user.description, key: "",
            act: .room(.role(role, of: user, end)), authority: authority)
    }

    private func build(in backend: TestedBackend) async throws {
        try await backend.publish(role(.owner, of: ann, by: ann, .maker), to: den)
        try await backend.publish(role(.member, of: bob, by: ann), to: den)
        try await backend.publish(backend.draft("hi"))
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func openAndPrivateRoomsAreListedApart(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let administration = backend.administration
            #expect(try await administration.rooms(isPrivate: true, limit: 10) == [])
            try await build(in: backend)
            _ = try await eventually { try await administration.rooms(isPrivate: true, limit: 10).map(\.room) == [den] }
            _ = try await eventually {
                try await administration.rooms(isPrivate: false, limit: 10).map(\.room) == [.lobby]
            }
            // Users see open rooms only.
            #expect(try await backend.index.recentRooms(limit: 10).map(\.room) == [.lobby])
            #expect(try await administration.rooms(isPrivate: true, limit: 0) == [])
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func theRulesAreThoseOfTheLog(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let administration = backend.administration
            #expect(try await administration.rules(of: den) == nil)
            #expect(try await administration.rules(of: .lobby) == nil)
            try await build(in: backend)
            #expect(try await administration.rules(of: .lobby) == RoomRules())
            #expect(try await administration.rules(of: den)?.grants.mapValues(\.role) == [ann: .owner, bob: .member])
            #expect(try await administration.rules(of: den) == backend.read(.rules, of: den).rules)
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func operatorsChangeRolesInAnyRoom(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            try await build(in: backend)
            let by = UserID("operator")
            try await backend.publish(role(.banned, of: bob, by: by, .operator, .after(seconds: 60)), to: den)
            try await backend.publish(role(.banned, of: ann, by: by, .operator), to: .lobby)
            let grant = try #require(try await backend.administration.rules(of: den)?.grants[bob])
            #expect(grant.role == .banned && grant.until != nil)
            await expectRelayError(.banned) { try await backend.publish(backend.draft("hi", user: "ann")) }
            await expectRelayError(.noRoom) { try await backend.publish(backend.draft("hi", user: "bob"), to: den) }
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func aBanFromADirectRoomIsNotUndoneByMakingItAgain(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let room = try #require(RoomName("_direct-abcdefghijklmnopqrstuvwxyz"))
            for user in [ann, bob] { try await backend.publish(role(.member, of: user, by: ann, .maker), to: room) }
            try await backend.publish(role(.banned, of: bob, by: UserID("operator"), .operator), to: room)
            for maker in [ann, bob] {
                await expectRelayError(.noRoom) {
                    try await backend.publish(role(.member, of: bob, by: maker, .maker), to: room)
                }
            }
            await expectRelayError(.noRoom) { try await backend.publish(backend.draft("hi", user: "bob"), to: room) }
            try await backend.publish(role(.none, of: bob, by: UserID("operator"), .operator), to: room)
            try await backend.publish(role(.member, of: bob, by: bob, .maker), to: room)
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func aDeletedRoomLeavesNothing(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let administration = backend.administration
            #expect(try await !administration.delete(den))
            try await build(in: backend)
            _ = try await eventually { try await backend.rooms(of: bob) == [den] }
            _ = try await eventually { try await administration.rooms(isPrivate: true, limit: 1).count == 1 }
            _ = try await eventually { try await administration.rooms(isPrivate: false, limit: 1).count == 1 }
            try await backend.subscribe(to: den)

            for room in [den, .lobby] {
                #expect(try await administration.delete(room))
                #expect(try await administration.rules(of: room) == nil)
                #expect(try await administration.rooms(isPrivate: room.isPrivate, limit: 10) == [])
                #expect(try await backend.read(.head, of: room).head == .empty)
                #expect(try await !administration.delete(room))
            }
            #expect(try await backend.rooms(of: ann) == [])
            #expect(try await backend.rooms(of: bob) == [])
            _ = await eventually { backend.receiver.signals(of: den).contains(.deleted) }

            // It can be made anew, with other roles.
            await expectRelayError(.noRoom) { try await backend.publish(backend.draft("hi", user: "ann"), to: den) }
            try await backend.publish(role(.owner, of: bob, by: bob, .maker), to: den)
            #expect(try await administration.rules(of: den)?.grants.mapValues(\.role) == [bob: .owner])
            _ = try await eventually { try await administration.rooms(isPrivate: true, limit: 1).count == 1 }
        }
    }
}
