package import ChatModel
internal import DequeModule
internal import Synchronization

/// The cluster view: gossip decides, and contact cards fill in for nodes that it does not know (`LifeVerdict`).
///
/// Answers from the last picture, on any thread; `refresh` draws a new one and notifies the listener if the present
/// nodes have changed.
package final class ClusterMembership: MembershipView {
    private struct Picture {
        var members: [ClusterMember] = []
        var present: Set<NodeIncarnation> = []
        var degraded: [String] = []
        var events: Deque<MembershipEvent> = []
    }

    /// Nodes gone for longer are no longer shown, though gossip remembers them.
    private static let shown = Duration.seconds(3_600)
    /// A newly read card may be ahead of gossip.
    private static let meetingTime = Duration.seconds(15)

    private let identity: NodeIdentity
    private let gossip: GossipView
    private let cards: NodeDiscovery
    private let metrics: GossipMetrics
    private let picture = Mutex(Picture())
    private let listener = Mutex<(@Sendable () -> Void)?>(nil)

    package init(identity: NodeIdentity, gossip: GossipView, cards: NodeDiscovery, metrics: GossipMetrics) {
        self.identity = identity
        self.gossip = gossip
        self.cards = cards
        self.metrics = metrics
        refresh()
        gossip.onChange { [weak self] in self?.refresh() }
        cards.onChange { [weak self] in self?.refresh() }
    }

    /// - `listener`: called on any thread when the present nodes have changed; it must not block.
    package func attach(_ listener: @escaping @Sendable () -> Void) {
        self.listener.withLock { $0 = listener }
    }

    package var own: NodeIncarnation { identity.own }
    package var members: [ClusterMember] { picture.withLock { $0.members } }
    package var events: [MembershipEvent] { picture.withLock { Array($0.events) } }
    package var degraded: [String] { picture.withLock { $0.degraded } }

    package func isPresent(_ node: NodeIncarnation) -> Bool {
        node == own || picture.withLock { $0.present.contains(node) }
    }

    package func heard(_ node: NodeIncarnation) {
        guard node.name != identity.name else { return }
        cards.heard(node)
        if !isPresent(node) { refresh() }
    }

    /// Call it periodically too: the view also changes as time passes.
    package func refresh() {
        let hasChanged = picture.withLock { picture in
            let before = picture.present
            draw(&picture, now: .now)
            return picture.present != before
        }
        if hasChanged { listener.withLock { $0 }?() }
    }

    // MARK: - Drawing

    private func draw(_ picture: inout Picture, now: ContinuousClock.Instant) {
        let cards = cards.snapshot
        let gossip = gossip.snapshot
        let own = identity.own
        var members = gossip.members.filter { member in
            switch gossip.verdict(on: member.node) {
            case .dead(let since), .left(let since): now - since < Self.shown
            case .unknown, .live, .over: true
            }
        }
        let places = Dictionary(members.enumerated().map { ($1.node, $0) }, uniquingKeysWith: { first, _ in first })
        for card in cards.members where card.node.name != own.name {
            if let index = places[card.node] {
                if members[index].address.isEmpty { members[index].introduce(card) }
            } else if gossip.verdict(on: card.node) == .unknown {
                members.append(card)
            }
        }
        if members.first?.node != own {
            members.removeAll { $0.node.name == own.name }
            members.insert(cards.own, at: 0)
        }
        members[0].viewHash = members.viewHash
        note(members, in: &picture, at: WallClock.milliseconds())
        picture.members = members
        let lives = cards.lives.union(members.map(\.node)).subtracting([own])
        picture.present = lives.filter { node in
            gossip.verdict(on: node).isPresent(
                byCards: cards.isPresent(node, now: now), lastSign: cards.lastSign(of: node), now: now)
        }
        picture.present.insert(own)
        picture.degraded =
            gossip.troubles + lives.sorted { $0.name < $1.name }.compactMap { trouble($0, gossip, cards, now) }
        metrics.show(members, troubles: picture.degraded.count)
    }

    private func trouble(
        _ node: NodeIncarnation, _ gossip: GossipView.Snapshot, _ cards: NodeDiscovery.Snapshot,
        _ now: ContinuousClock.Instant
    ) -> String? {
        let verdict = gossip.verdict(on: node)
        let isStranger =
            verdict == .unknown && cards.isPresent(node, now: now)
            && cards.isOlder(node, than: Self.meetingTime, now: now)
        guard isStranger || verdict.isContradicted(lastSign: cards.lastSign(of: node), now: now) else { return nil }
        let place = cards.gossipAddress(of: node).map { " at \($0)" } ?? ""
        return
            "gossip cannot reach \(node.name)\(place), although Redis shows it running: check UDP between the nodes, "
            + "and that they use the same CLUSTER_SECRET"
    }

    /// Records state changes since the last picture.
    private func note(_ members: [ClusterMember], in picture: inout Picture, at: Int64) {
        let known = Dictionary(picture.members.map { ($0.node, $0.state) }, uniquingKeysWith: { first, _ in first })
        for member in members where known[member.node] != member.state {
            // No event: the node was gone before this one saw it.
            if known[member.node] == nil, !member.state.isLive { continue }
            picture.events.append(
                MembershipEvent(
                    at: at, node: member.node, from: known[member.node], to: member.state,
                    by: member.accusations.first?.by))
        }
        if picture.events.count > MembershipEvent.remembered {
            picture.events.removeFirst(picture.events.count - MembershipEvent.remembered)
        }
    }
}

extension ClusterMember {
    /// Fills in what gossip has not reported yet.
    fileprivate mutating func introduce(_ card: ClusterMember) {
        address = card.address
        version = card.version
        startedAt = card.startedAt
    }
}
