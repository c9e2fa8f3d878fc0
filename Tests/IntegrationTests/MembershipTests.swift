import ChatModel
import ChatProtocol
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Who is alive, as three real nodes tell one another by gossip, and what follows for who is in a room.
    struct MembershipTests {
        /// Waits until each of these nodes has all in these states, by name.
        private static func wait(for wanted: [String: ClusterMember.State], on nodes: [NodeProcess]) async throws {
            try await nodes.waitUntilTold("\(wanted)") { told in
                Set(told.members.map(\.id)) == Set(wanted.keys)
                    && wanted.allSatisfy { told.state(of: $0.key) == $0.value }
            }
        }

        @Test func aKilledNodeIsDeadItsUsersLeaveAndItsNextIncarnationIsAlive() async throws {
            try await withCluster(3) { _, nodes in
                try await Self.wait(for: ["n1": .alive, "n2": .alive, "n3": .alive], on: nodes)
                let survivors = [nodes[0], nodes[2]]
                let watcher = try await Member.inLobby(nodes[0], name: "watcher")
                let bob = try await Member.inLobby(nodes[1], name: "bob")
                try await watcher.waitUntil("bob", isHere: true)
                let first = try #require(try await nodes[0].cluster().generation(of: "n2"))

                nodes[1].signal(SIGKILL)
                try await nodes[1].waitForExit()
                try await watcher.waitUntil("bob", isHere: false)
                try await Self.wait(for: ["n1": .alive, "n2": .dead, "n3": .alive], on: survivors)
                #expect(try await nodes[0].metric(#"webchat_suspicions_total{result="confirmed"}"#) >= 1)
                withExtendedLifetime(bob) {}

                try nodes[1].start()
                try await nodes[1].waitUntilReady()
                try await Self.wait(for: ["n1": .alive, "n2": .alive, "n3": .alive], on: nodes)
                let second = try #require(try await nodes[0].cluster().generation(of: "n2"))
                #expect(second > first)

                nodes[2].signal(SIGTERM)
                #expect(try await nodes[2].waitForExit() == 0)
                try await Self.wait(for: ["n1": .alive, "n2": .alive, "n3": .left], on: Array(nodes.prefix(2)))
                withExtendedLifetime(watcher) {}
            }
        }

        /// The port is another's: no attempt would ever mend that.
        @Test func aNodeThatCannotGossipExitsWithTheReason() async throws {
            try await withRedisServer { redis in
                let port = try freePort()
                let environment = ["REDIS_URL": redis.url, "GOSSIP_PORT": "\(port)"]
                try await withNodes(1, environment: environment) { _ in
                    let second = try NodeProcess(name: "late", environment: environment)
                    try second.start()
                    #expect(try await second.waitForExit(within: .seconds(60)) == 1)
                    #expect(second.log.contains("GOSSIP_PORT"), "\(second.log)")
                }
            }
        }
    }
}

extension Member {
    /// Until it is told so, by a change or by the whole room: which of them is chance.
    fileprivate func waitUntil(_ name: String, isHere: Bool) async throws {
        try await first(within: .seconds(60)) { frame -> Void? in
            switch frame {
            case .presence(.changed(_, let joined, let left, _)):
                (isHere ? joined : left).contains { $0.name == name } ? () : nil
            case .presence(.reset(_, let members, _)):
                members.contains { $0.name == name } == isHere ? () : nil
            default: nil
            }
        }
    }
}
