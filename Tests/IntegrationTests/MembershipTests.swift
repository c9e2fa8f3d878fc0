import ChatModel
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Who is alive, as three real nodes tell one another by gossip, and what follows for who is in a room.
    struct MembershipTests {
        private struct View: Decodable {
            struct Member: Decodable, Hashable {
                let id: String
                let generation: UInt64
                let state: String
            }
            let members: [Member]
        }

        private static func members(on node: NodeProcess) async throws -> [View.Member] {
            let body = try await node.get("/cluster").body
            return try JSONDecoder().decode(View.self, from: Data(body.utf8)).members
        }

        /// Waits until each of these nodes has the others in these states, by name.
        private static func wait(for wanted: [String: String], on nodes: [NodeProcess]) async throws {
            for node in nodes {
                var seen: [View.Member] = []
                try await eventually("\(node.name) sees \(wanted)", within: .seconds(60), state: { "but \(seen)" }) {
                    seen = try await members(on: node)
                    let states = Dictionary(seen.map { ($0.id, $0.state) }, uniquingKeysWith: { first, _ in first })
                    return states == wanted
                }
            }
        }

        @Test func aKilledNodeIsDeadForAllItsUsersLeaveAndItsNextLifeIsAlive() async throws {
            try await withRedisServer { redis in
                try await withNodes(3, environment: ["REDIS_URL": redis.url]) { nodes in
                    try await Self.wait(for: ["n1": "alive", "n2": "alive", "n3": "alive"], on: nodes)
                    let survivors = [nodes[0], nodes[2]]
                    let watcher = try await Member.open(nodes[0], name: "watcher")
                    _ = try await watcher.join("lobby")
                    let bob = try await Member.open(nodes[1], name: "bob")
                    _ = try await bob.join("lobby")
                    try await watcher.waitForPresence { joined, _ in joined == ["bob"] }
                    let first = try await Self.members(on: nodes[0]).first { $0.id == "n2" }

                    nodes[1].signal(SIGKILL)
                    try await nodes[1].waitForExit()
                    try await watcher.waitForPresence { _, left in left == ["bob"] }
                    try await Self.wait(for: ["n1": "alive", "n2": "dead", "n3": "alive"], on: survivors)
                    #expect(try await nodes[0].metric(#"webchat_suspicions_total{result="confirmed"}"#) >= 1)
                    withExtendedLifetime(bob) {}

                    try nodes[1].start()
                    try await nodes[1].waitUntilReady()
                    try await Self.wait(for: ["n1": "alive", "n2": "alive", "n3": "alive"], on: nodes)
                    let second = try await Self.members(on: nodes[0]).first { $0.id == "n2" }
                    #expect(try #require(second).generation > (try #require(first)).generation)

                    nodes[2].signal(SIGTERM)
                    #expect(try await nodes[2].waitForExit() == 0)
                    try await Self.wait(for: ["n1": "alive", "n2": "alive", "n3": "left"], on: Array(nodes.prefix(2)))
                    withExtendedLifetime(watcher) {}
                }
            }
        }

        /// The port is another's: no attempt would ever mend that.
        @Test func aNodeThatCannotGossipEndsAndSaysWhy() async throws {
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
    /// Until a change is told, this member's own coming apart, that is as wanted.
    fileprivate func waitForPresence(_ isWanted: @escaping (_ joined: [String], _ left: [String]) -> Bool) async throws
    {
        let own = user.name
        try await first(within: .seconds(60)) { frame -> Void? in
            guard case .presence(.changed(_, let joined, let left, _)) = frame else { return nil }
            return isWanted(joined.map(\.name).filter { $0 != own }, left.map(\.name)) ? () : nil
        }
    }
}
