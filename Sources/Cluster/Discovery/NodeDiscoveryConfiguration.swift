/// The timing of node discovery.
package struct NodeDiscoveryConfiguration: Hashable, Sendable {
    package var keyPrefix: String
    /// How long a card lasts without renewal.
    package var lease: Duration
    /// How often this node's card is renewed and the others are read.
    package var interval: Duration
    /// How long the users of a node still count after its card went missing.
    package var grace: Duration
    /// How long a node that is gone remains listed.
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
