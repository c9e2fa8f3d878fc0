/// The rhythm of node discovery.
package struct NodeDiscoveryConfiguration: Hashable, Sendable {
    package var keyPrefix: String
    /// How long a card lives that is not renewed.
    package var lease: Duration
    /// How often the own card is renewed and the others' are read.
    package var interval: Duration
    /// How long the members of a node still count after its card went missing.
    package var grace: Duration
    /// How long a node that has gone is listed.
    package var remembered: Duration

    package init(
        keyPrefix: String, lease: Duration = .seconds(15), interval: Duration = .seconds(5),
        grace: Duration = .seconds(30), remembered: Duration = .seconds(600)
    ) {
        self.keyPrefix = keyPrefix
        self.lease = lease
        self.interval = interval
        self.grace = grace
        self.remembered = remembered
    }
}
