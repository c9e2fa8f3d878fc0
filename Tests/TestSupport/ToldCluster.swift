package import ChatModel
import Foundation

/// What a node says at `/cluster`, as far as tests look at it.
package struct ToldCluster: Decodable, Sendable {
    package struct View: Decodable, Sendable {
        package let hash: String
    }

    package struct Member: Decodable, Sendable {
        package let id: String
        package let generation: UInt64
        package let state: ClusterMember.State
    }

    package struct Event: Decodable, Hashable, Sendable {
        /// Milliseconds since 1970.
        package let at: Int64
        package let id: String
        package let generation: UInt64
        package let from: ClusterMember.State?
        package let to: ClusterMember.State
    }

    package struct Relay: Decodable, Sendable {
        package struct Event: Decodable, Sendable { package let trouble: String? }

        package let trouble: String?
        package let events: [Event]
    }

    package struct Canary: Decodable, Sendable {
        package struct Cell: Decodable, Sendable {
            package let number: Int
            package let lastMs: Double
            package let p99Ms: Double
        }

        package let matrix: [String: [String: Cell]]
    }

    package let view: View
    package let members: [Member]
    package let canary: Canary
    package let relay: Relay
    package let degraded: [String]
    package let events: [Event]

    /// Of the newest life under that name.
    package func state(of name: String) -> ClusterMember.State? { newest(name)?.state }
    package func generation(of name: String) -> UInt64? { newest(name)?.generation }

    package var dead: Set<String> { Set(members.map(\.id)).filter { state(of: $0) == .dead } }

    private func newest(_ name: String) -> Member? {
        members.filter { $0.id == name }.max { $0.generation < $1.generation }
    }
}

extension ClusterMember.State: Decodable {}

extension NodeProcess {
    package func cluster() async throws -> ToldCluster {
        let body = try await get("/cluster").body
        do {
            return try JSONDecoder().decode(ToldCluster.self, from: Data(body.utf8))
        } catch {
            throw TestFailure("\(name): /cluster is \(body): \(error)")
        }
    }
}

extension [NodeProcess] {
    /// Waits until each of them sees all of them alive, and the same.
    package func waitUntilWhole(within limit: Duration = .seconds(60)) async throws {
        try await waitUntilTold("that all live", within: limit) { told in
            allSatisfy { told.state(of: $0.name) == .alive }
        }
        try await eventually("all nodes see the same", within: limit) {
            var hashes: Set<String> = []
            for node in self { hashes.insert(try await node.cluster().view.hash) }
            return hashes.count == 1
        }
    }

    /// Waits until what each of them says at `/cluster` meets a condition.
    package func waitUntilTold(
        _ what: String, within limit: Duration = .seconds(60), _ condition: (ToldCluster) -> Bool
    ) async throws {
        for node in self {
            var last = ""
            try await eventually("\(node.name) says \(what):", within: limit, state: { last }) {
                let told = try await node.cluster()
                last = "\(told)"
                return condition(told)
            }
        }
    }
}
