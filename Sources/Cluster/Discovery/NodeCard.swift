internal import Foundation

/// A node's registration in Redis, under `<p>:node:<name>`: how to reach it, and its incarnation.
package struct NodeCard: Codable, Hashable, Sendable {
    package let generation: UInt64
    /// `host:port` of its HTTP edge.
    package let http: String
    /// `host:port` for gossip datagrams; `nil`: it does not gossip.
    package let gossip: String?
    package let version: String
    /// Milliseconds since 1970.
    package let startedAt: Int64

    package init(generation: UInt64, http: String, gossip: String?, version: String, startedAt: Int64) {
        self.generation = generation
        self.http = http
        self.gossip = gossip
        self.version = version
        self.startedAt = startedAt
    }

    /// `nil` if it was not written by a node.
    init?(json: [UInt8]) {
        guard let card = try? JSONDecoder().decode(NodeCard.self, from: Data(json)) else { return nil }
        self = card
    }

    func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try Array(encoder.encode(self))
    }

    func with(generation: UInt64, http: String, gossip: String?) -> NodeCard {
        NodeCard(generation: generation, http: http, gossip: gossip, version: version, startedAt: startedAt)
    }

    /// Node names are used in keys and log lines: `[A-Za-z0-9._-]{1,64}`.
    package static func isValidName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
