/// Where gossip listens, and its secrets.
package struct GossipConfiguration: Sendable {
    /// The address to bind.
    package var host: String
    /// 0: any free port, kept until the process exits.
    package var port: Int
    /// The address that others use.
    package var advertisedHost: String
    /// Detects `advertisedHost` again if it was detected. Returns `nil` while unknown. May block.
    package var detectHost: (@Sendable () -> String?)?
    package var secret: [UInt8]
    /// Still accepted during a secret rotation.
    package var previousSecret: [UInt8]?
    /// How often the node index is read for other nodes. It rarely changes, and gossip itself is faster.
    package var seedInterval: Duration = .seconds(60)
    /// Used instead while no other node is known.
    package var lonelyInterval: Duration = .seconds(5)
    /// How often this node checks whether its own address has changed.
    package var addressInterval: Duration = .seconds(5)

    package init(
        host: String, port: Int, advertisedHost: String, secret: [UInt8], previousSecret: [UInt8]? = nil
    ) {
        self.host = host
        self.port = port
        self.advertisedHost = advertisedHost
        self.secret = secret
        self.previousSecret = previousSecret
    }
}
