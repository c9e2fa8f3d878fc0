/// What gossip knows about an incarnation of a node, and whether its members count. Pure.
///
/// Gossip decides: a dead node's members are hidden at once. But if the incarnation is active in Redis after the
/// verdict, gossip does not get through and the node is not dead.
enum LifeVerdict: Hashable, Sendable {
    /// Gossip does not know this incarnation.
    case unknown
    /// Alive or suspect.
    case live
    case dead(since: ContinuousClock.Instant)
    /// It announced its departure.
    case left(since: ContinuousClock.Instant)
    /// A later incarnation of the name is known.
    case over

    /// How long activity in Redis counts: three renewals of a card.
    static let signLife = Duration.seconds(15)
    /// As for any leave: a draining node's clients reconnect elsewhere within 3 s, and so never left.
    static let leaveHold = Duration.seconds(5)

    /// - Parameters:
    ///   - byCards: presence by its contact card; counts if gossip does not know it.
    ///   - lastSign: when its card was last renewed, or its members last changed.
    func isPresent(byCards: Bool, lastSign: ContinuousClock.Instant?, now: ContinuousClock.Instant) -> Bool {
        switch self {
        case .unknown: byCards
        case .live: true
        case .dead: isContradicted(lastSign: lastSign, now: now)
        case .left(let since): now - since < Self.leaveHold
        case .over: false
        }
    }

    /// Whether it is active although gossip declared it dead.
    func isContradicted(lastSign: ContinuousClock.Instant?, now: ContinuousClock.Instant) -> Bool {
        guard case .dead(let since) = self, let lastSign else { return false }
        return lastSign > since && now - lastSign < Self.signLife
    }
}
