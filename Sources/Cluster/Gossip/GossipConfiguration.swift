/// Where gossip listens, and what it is sealed with.
package struct GossipConfiguration: Sendable {
    /// The address that is bound.
    package var host: String
    /// 0: any free one, the same as long as the process lives.
    package var port: Int
    /// The address that others use.
    package var advertisedHost: String
    package var secret: [UInt8]
    /// Still accepted, while a new one is brought in.
    package var previousSecret: [UInt8]?
    /// How often the node index is read for others: it changes seldom, and gossip itself knows sooner.
    package var seedInterval: Duration = .seconds(60)
    /// And while there are none.
    package var lonelyInterval: Duration = .seconds(5)

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
