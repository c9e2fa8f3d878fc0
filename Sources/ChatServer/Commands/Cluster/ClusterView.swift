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
    }

    let own: String
    let view: View
    private let relay: Relay?
    private let members: [Member]

    private enum CodingKeys: String, CodingKey {
        case own = "self"
        case view, members, relay
    }

    var trouble: String? { relay?.trouble }

    /// The newest incarnation of each node, by name.
    var nodes: [Member] {
        var newest: [String: Member] = [:]
        for member in members where member.generation >= newest[member.id]?.generation ?? 0 {
            newest[member.id] = member
        }
        return newest.values.sorted { $0.id < $1.id }
    }
}
