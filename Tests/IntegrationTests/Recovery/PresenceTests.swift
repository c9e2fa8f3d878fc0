import ChatModel
import ChatProtocol
import TestSupport
import Testing

extension Integration {
    /// Who is here, over several nodes: `docs/protocol.md`, section 7.
    struct PresenceTests {
        private static func withWatcher(
            _ body: (RedisServer, [NodeProcess], Member) async throws -> Void
        ) async throws {
            try await withCluster(2) { redis, nodes in
                let watcher = try await Member.inLobby(nodes[0], name: "watcher")
                try await body(redis, nodes, watcher)
            }
        }

        @Test func aLeaveIsDelayedAndAReloadOnAnotherNodeIsNotALeave() async throws {
            try await Self.withWatcher { _, nodes, watcher in
                let bob = try await Member.inLobby(nodes[1], name: "bob")
                try await watcher.expectPresence(joined: ["bob"], left: [])
                let carol = try await Member.inLobby(nodes[1], name: "carol")
                try await watcher.expectPresence(joined: ["carol"], left: [])

                try await bob.close()
                let reloaded = try await Member.inLobby(nodes[0], name: "bob", token: bob.token)
                let leave = ContinuousClock.now
                try await carol.close()
                // Bob's leave would be told before carol's.
                try await watcher.expectPresence(joined: [], left: ["carol"])
                #expect(ContinuousClock.now - leave > .milliseconds(4_500))
                withExtendedLifetime(reloaded) {}
            }
        }

        @Test func aLostSubscriptionIsFollowedByTheWholeRoster() async throws {
            try await Self.withWatcher { redis, nodes, watcher in
                let bob = try await Member.inLobby(nodes[1], name: "bob")
                try await watcher.expectPresence(joined: ["bob"], left: [])
                let node = try #require(
                    try redis.cli("SMEMBERS", "webchat:{lobby}:membernodes").split(separator: "\n")
                        .first { $0.hasPrefix("n2.") })
                // As if the message that takes it back had been lost.
                try redis.cli("PUBLISH", "webchat:0:{lobby}:live", "P \(node) 1 0 5 5\nghostghost")
                try await watcher.expectPresence(joined: ["ghost"], left: [])
                try redis.cli("CLIENT", "KILL", "TYPE", "pubsub")
                let members = try await watcher.first { frame in
                    if case .presence(.reset(_, let members, _)) = frame { members } else { nil }
                }
                #expect(Set(members.map(\.name)) == ["watcher", "bob"])
                withExtendedLifetime(bob) {}
            }
        }
    }
}

extension Member {
    /// That the next frame of presence, this member's own apart, says just this.
    fileprivate func expectPresence(
        joined: [String], left: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let own = user.name
        let told = try await first { frame -> (joined: [String], left: [String])? in
            guard case .presence(.changed(_, let joined, let left, _)) = frame else { return nil }
            let names = (joined.map(\.name).filter { $0 != own }, left.map(\.name))
            return names.0.isEmpty && names.1.isEmpty ? nil : names
        }
        #expect(told.joined == joined && told.left == left, "\(told)", sourceLocation: sourceLocation)
    }
}
