/// What gossip knows of one life of a node, and whether that life's members count. Pure.
///
/// Gossip has the first word. Who is declared dead is hidden at once; but if that life is seen in Redis after the verdict,
/// it is gossip that does not get through, and not the node that is dead.
enum LifeVerdict: Hashable, Sendable {
    /// Gossip has never heard of that life.
    case unknown
    /// Alive or suspect.
    case live
    case dead(since: ContinuousClock.Instant)
    /// It said so itself.
    case left(since: ContinuousClock.Instant)
    /// A later life under its name is known.
    case over

    /// A sign of life counts for three renewals of a card.
    static let signLife = Duration.seconds(15)
    /// As for any leave: who was sent away by a node that ends comes back elsewhere within 3 s, and so never left.
    static let leaveHold = Duration.seconds(5)

    /// - Parameters:
    ///   - byCards: what its contact card says; counts where gossip knows nothing.
    ///   - lastSign: when its card was last renewed, or its members' news was last heard.
    func isPresent(byCards: Bool, lastSign: ContinuousClock.Instant?, now: ContinuousClock.Instant) -> Bool {
        switch self {
        case .unknown: byCards
        case .live: true
        case .dead: isContradicted(lastSign: lastSign, now: now)
        case .left(let since): now - since < Self.leaveHold
        case .over: false
        }
    }

    /// Whether it lives although gossip took it for dead.
    func isContradicted(lastSign: ContinuousClock.Instant?, now: ContinuousClock.Instant) -> Bool {
        guard case .dead(let since) = self, let lastSign else { return false }
        return lastSign > since && now - lastSign < Self.signLife
    }
}
