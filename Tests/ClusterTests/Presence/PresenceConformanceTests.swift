import ChatModel
import TestSupport
import Testing

/// What rooms rely on to say who is there, in Redis and in memory.
@Suite struct PresenceConformanceTests {
    private static func user(_ id: String, _ name: String) -> User {
        User(id: UserID(id), name: name)
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func usersJoinRenameAndLeave(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            #expect(try await backend.members() == [:])
            try await backend.update([
                "u1": NodeMember(name: "Ann", sockets: 1), "u2": NodeMember(name: "Bob of \n Bobs", sockets: 2),
            ])
            #expect(
                try await backend.members() == [
                    backend.node: [Self.user("u1", "Ann"), Self.user("u2", "Bob of \n Bobs")]
                ])
            try await backend.update(["u1": NodeMember(name: "Anna", sockets: 2), "u2": nil])
            #expect(try await backend.members() == [backend.node: [Self.user("u1", "Anna")]])
            try await backend.update(["u1": nil, "u3": nil])
            #expect(try await backend.members() == [:])
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func roomsAreIndependent(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let room = try #require(RoomName("side"))
            try await backend.update(["u1": NodeMember(name: "Ann", sockets: 1)])
            #expect(try await backend.members(of: room) == [:])
            try await backend.update(["u1": NodeMember(name: "Ann", sockets: 1)], in: room)
            try await backend.update(["u1": nil])
            #expect(try await backend.members() == [:])
            #expect(try await backend.members(of: room) == [backend.node: [Self.user("u1", "Ann")]])
        }
    }
}
