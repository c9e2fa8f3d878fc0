import ChatModel

/// The part of a node's `/cluster` that `webchat cluster` reads.
struct ClusterView: Decodable, Sendable {
    struct View: Decodable, Sendable {
        let hash: String
    }

    struct Member: Decodable, Sendable {
        let id: String
        let generation: UInt64
        let addr: String
        let state: String
        let observedBy: [String]
        let rttMs: Double?
        let users: Int?
        let messagesPerSecond: Double?
        let lagMs: Double?
        let version: String
        let uptimeS: Double?

        var isLive: Bool { state == "alive" || state == "suspect" }
    }

    struct Relay: Decodable, Sendable {
        /// Why the node cannot accept messages right now.
        let trouble: String?
        /// Missing from nodes of older versions, and without Redis.
        let servers: Servers?
    }

    struct Servers: Decodable, Sendable {
        let mode: String
        let shards: [Shard]
    }

    struct Shard: Decodable, Sendable {
        let primary: String
        let trouble: String?
        let slots: Int?
        let p99Ms: Double?
        let memory: Double?
        let replicas: [Replica]
    }

    struct Replica: Decodable, Sendable {
        let addr: String
        let online: Bool
        let lagBytes: Int64
    }

    let own: String
    let view: View
    /// What is wrong with a node that works. Missing from nodes of older versions.
    let degraded: [String]?
    private let relay: Relay?
    private let members: [Member]

    private enum CodingKeys: String, CodingKey {
        case own = "self"
        case view, degraded, members, relay
    }

    var trouble: String? { relay?.trouble }
    var servers: Servers? { relay?.servers }

    /// The newest incarnation of each node, by name.
    var nodes: [Member] {
        var newest: [String: Member] = [:]
        for member in members where member.generation >= newest[member.id]?.generation ?? 0 {
            newest[member.id] = member
        }
        return newest.values.sorted { $0.id < $1.id }
    }
}
