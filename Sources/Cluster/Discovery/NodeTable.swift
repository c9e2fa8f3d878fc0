internal import ChatModel

/// The other nodes, as known from their cards. Pure.
///
/// A node seen renewing gets a grace period when its card goes missing: Redis may have lost the card. A node never seen
/// renewing gets none, so that after a full outage the first node to start does not take leftover cards for live nodes.
struct NodeTable: Sendable {
    /// One line of the index, with its card if there is one.
    struct Listing: Sendable {
        let name: String
        /// Milliseconds, by Redis' clock.
        let leaseEnd: Int64
        let card: NodeCard?
    }

    private struct Entry {
        /// `nil`: heard, but its card has not been read yet.
        var card: NodeCard?
        var leaseEnd: Int64
        /// Known to be alive: this process has seen a renewal or heard from it.
        var confirmed: Bool
        /// Its lease was renewed in time when last read.
        var punctual: Bool
        var missingSince: ContinuousClock.Instant?
        /// It deregistered, rather than its lease expiring.
        var left = false
        /// A newer incarnation of the same name exists.
        var superseded = false
        /// When this process first learned of it.
        let since: ContinuousClock.Instant
        /// Last activity: a renewal, by Redis' clock, or a message.
        var lastSign: ContinuousClock.Instant?
    }

    private let configuration: NodeDiscoveryConfiguration
    private var entries: [NodeIncarnation: Entry] = [:]

    init(configuration: NodeDiscoveryConfiguration) {
        self.configuration = configuration
    }

    /// Applies a complete index. A failed read changes nothing.
    /// - Parameters:
    ///   - redisNow: milliseconds, by Redis' clock.
    ///   - now: taken no later than that, so that renewals never appear newer than they are.
    mutating func read(_ listings: [Listing], redisNow: Int64, now: ContinuousClock.Instant) {
        var seen: Set<NodeIncarnation> = []
        var listed: Set<String> = []
        for listing in listings {
            listed.insert(listing.name)
            guard let card = listing.card else { continue }
            let node = NodeIncarnation(name: listing.name, generation: card.generation)
            seen.insert(node)
            let known = entries[node]
            let age = age(listing.leaseEnd, redisNow)
            let isCurrent = age.map { (0...configuration.lease.milliseconds).contains($0) } ?? false
            let renewed = isCurrent ? age.map { now - .milliseconds($0) } : nil
            entries[node] = Entry(
                card: card, leaseEnd: listing.leaseEnd,
                confirmed: known.map { $0.confirmed || listing.leaseEnd > $0.leaseEnd } ?? false,
                // At most one and a half intervals ago.
                punctual: age.map { $0 <= configuration.interval.milliseconds * 3 / 2 } ?? false,
                superseded: known?.superseded ?? false, since: known?.since ?? now,
                lastSign: [known?.lastSign, renewed].compactMap(\.self).max())
        }
        supersedeLives(before: seen, now: now)
        for (node, entry) in entries where !seen.contains(node) {
            let missingSince = entry.missingSince ?? now
            if now - missingSince >= configuration.remembered {
                entries[node] = nil
            } else {
                entries[node]?.missingSince = missingSince
                entries[node]?.left = !listed.contains(node.name)
            }
        }
    }

    /// Called when a node is heard, possibly before its card was first read.
    mutating func heard(_ node: NodeIncarnation, now: ContinuousClock.Instant) {
        if entries[node] != nil {
            entries[node]?.confirmed = true
            entries[node]?.lastSign = now
        } else if !entries.keys.contains(where: { $0.name == node.name && $0.generation > node.generation }) {
            entries[node] = Entry(
                card: nil, leaseEnd: 0, confirmed: true, punctual: false, missingSince: now, since: now, lastSign: now)
            supersedeLives(before: [node], now: now)
        }
    }

    func isPresent(_ node: NodeIncarnation, now: ContinuousClock.Instant) -> Bool {
        guard let entry = entries[node], !entry.superseded else { return false }
        guard let missingSince = entry.missingSince else { return entry.confirmed || entry.punctual }
        return entry.confirmed && now - missingSince < configuration.grace
    }

    var lives: Set<NodeIncarnation> { Set(entries.keys) }

    func lastSign(of node: NodeIncarnation) -> ContinuousClock.Instant? { entries[node]?.lastSign }

    func gossipAddress(of node: NodeIncarnation) -> String? { entries[node]?.card?.gossip }

    func isOlder(_ node: NodeIncarnation, than age: Duration, now: ContinuousClock.Instant) -> Bool {
        entries[node].map { now - $0.since > age } ?? false
    }

    /// Of nodes that still have a card.
    var gossipAddresses: [String] {
        entries.values.compactMap { $0.missingSince == nil ? $0.card?.gossip : nil }
    }

    /// Nodes whose card was read, sorted by name, newest incarnation first.
    var members: [ClusterMember] {
        entries.compactMap { node, entry in entry.card.map { member(node, entry, $0) } }
            .sorted { ($0.node.name, $1.node.generation) < ($1.node.name, $0.node.generation) }
    }

    private func member(_ node: NodeIncarnation, _ entry: Entry, _ card: NodeCard) -> ClusterMember {
        let state: ClusterMember.State =
            if entry.superseded {
                .dead
            } else if entry.missingSince != nil {
                entry.left ? .left : .dead
            } else {
                entry.confirmed || entry.punctual ? .alive : .suspect
            }
        return ClusterMember(
            node: node, state: state, address: card.http, version: card.version, startedAt: card.startedAt)
    }

    private mutating func supersedeLives(before nodes: Set<NodeIncarnation>, now: ContinuousClock.Instant) {
        let current = Dictionary(nodes.map { ($0.name, $0.generation) }, uniquingKeysWith: max)
        for node in entries.keys where node.generation < current[node.name] ?? 0 {
            entries[node]?.superseded = true
            if entries[node]?.missingSince == nil { entries[node]?.missingSince = now }
        }
    }

    /// Milliseconds since its last renewal; `nil` on overflow.
    private func age(_ leaseEnd: Int64, _ redisNow: Int64) -> Int64? {
        let (renewedAt, overflow) = leaseEnd.subtractingReportingOverflow(configuration.lease.milliseconds)
        guard !overflow else { return nil }
        let (age, ageOverflow) = redisNow.subtractingReportingOverflow(renewedAt)
        return ageOverflow ? nil : age
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
