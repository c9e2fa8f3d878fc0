package import ChatModel
package import CoreMetrics
internal import Gossip
package import Operations

/// Gossip metrics: nodes by state, state changes, probe times, datagrams by outcome.
package struct GossipMetrics: Sendable {
    /// The outcome of a datagram.
    enum Fate: String, CaseIterable {
        case sent
        case received
        /// The system rejected it: buffer full, no route, a firewall.
        case dropped
        case unsealed
        case replayed
        /// Meant for another boot of this node, or its sender does not know this one yet: not read.
        case challenged
        /// It opened, but its content was rejected.
        case refused
    }

    private let members: [ClusterMember.State: Gauge]
    private let events: [ClusterMember.State: Counter]
    private let viewHash: Gauge
    private let degraded: Gauge
    private let suspicions: [String: Counter]
    private let roundTrip: CoreMetrics.Timer
    private let probes: [String: Counter]
    private let datagrams: [Fate: Counter]

    package init(factory: any MetricsFactory) {
        func each<Key: Hashable>(_ keys: [Key], _ make: (Key) -> Counter) -> [Key: Counter] {
            Dictionary(uniqueKeysWithValues: keys.map { ($0, make($0)) })
        }
        members = Dictionary(
            uniqueKeysWithValues: ClusterMember.State.allCases.map {
                ($0, Gauge(label: "webchat_cluster_members", dimensions: [("state", $0.rawValue)], factory: factory))
            })
        events = each(ClusterMember.State.allCases) {
            Counter(
                label: "webchat_cluster_membership_events_total", dimensions: [("event", $0.rawValue)],
                factory: factory)
        }
        degraded = Gauge(label: "webchat_cluster_degraded", factory: factory)
        viewHash = Gauge(label: "webchat_cluster_view_hash", factory: factory)
        suspicions = each(Self.ends) {
            Counter(label: "webchat_suspicions_total", dimensions: [("result", $0)], factory: factory)
        }
        roundTrip = Timer(
            label: "webchat_cluster_probe_rtt_seconds", dimensions: [("kind", "direct")], factory: factory)
        probes = each(Self.outcomes) {
            Counter(label: "webchat_cluster_probes_total", dimensions: [("result", $0)], factory: factory)
        }
        datagrams = each(Fate.allCases) {
            Counter(
                label: "webchat_gossip_datagrams_total", dimensions: [("result", $0.rawValue)], factory: factory)
        }
    }

    private static let outcomes = ["direct", "indirect", "failed"]
    private static let ends = ["confirmed", "refuted"]

    func count(_ fate: Fate) { datagrams[fate]?.increment() }

    /// - `old`: of the same incarnation; `nil` if it was unknown.
    func changed(from old: MemberStatus?, to new: MemberStatus) {
        events[ClusterMember.State(new)]?.increment()
        switch (old, new) {
        case (.suspect, .alive): suspicions["refuted"]?.increment()
        case (.suspect, .dead): suspicions["confirmed"]?.increment()
        default: break
        }
    }

    func probed(_ outcome: ProbeOutcome) {
        switch outcome {
        case .direct(let microseconds):
            probes["direct"]?.increment()
            roundTrip.recordNanoseconds(microseconds * 1_000)
        case .indirect: probes["indirect"]?.increment()
        case .failed: probes["failed"]?.increment()
        }
    }

    /// - `troubles`: the number of entries in `MembershipView.degraded`.
    package func show(_ view: [ClusterMember], troubles: Int = 0) {
        degraded.record(troubles)
        for state in ClusterMember.State.allCases {
            members[state]?.record(view.count(where: { $0.state == state }))
        }
        viewHash.record(view.viewHash)
    }

    package static let descriptions: [MetricDescription] = [
        MetricDescription(
            "webchat_cluster_members", .gauge, help: "Nodes by state as this node sees them, including itself.",
            labels: [.init("state", ClusterMember.State.allCases.map(\.rawValue))]),
        MetricDescription(
            "webchat_cluster_membership_events_total", .counter, help: "Node state changes, by new state.",
            labels: [.init("event", ClusterMember.State.allCases.map(\.rawValue))]),
        MetricDescription(
            "webchat_cluster_view_hash", .gauge, help: "Hash of the live nodes; equal on all nodes that agree."),
        MetricDescription(
            "webchat_cluster_degraded", .gauge,
            help: "Number of problems while this node still serves; /readyz lists them."),
        MetricDescription(
            "webchat_suspicions_total", .counter,
            help: "Resolved suspicions: the node was declared dead, or refuted the suspicion.",
            labels: [.init("result", ends)]),
        MetricDescription(
            "webchat_cluster_probe_rtt_seconds", .histogram(buckets: MetricDescription.latencyBuckets),
            help: "Time from a ping to its ack.", labels: [.init("kind", ["direct"])]),
        MetricDescription(
            "webchat_cluster_probes_total", .counter, help: "Probes, by result.",
            labels: [.init("result", outcomes)]),
        MetricDescription(
            "webchat_gossip_datagrams_total", .counter, help: "Gossip datagrams, by outcome.",
            labels: [.init("result", Fate.allCases.map(\.rawValue))]),
    ]
}
