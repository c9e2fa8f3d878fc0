/// What `webchat cluster` reads of a node's `/cluster`.
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

    let own: String
    let view: View
    private let members: [Member]

    private enum CodingKeys: String, CodingKey {
        case own = "self"
        case view, members
    }

    /// Of each name its newest life, by name.
    var nodes: [Member] {
        var newest: [String: Member] = [:]
        for member in members where member.generation >= newest[member.id]?.generation ?? 0 {
            newest[member.id] = member
        }
        return newest.values.sorted { $0.id < $1.id }
    }
}
