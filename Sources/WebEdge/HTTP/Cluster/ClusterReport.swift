import ChatModel
import Operations
import Supervision

/// Everything `/cluster` reports, at one moment. Created per request; encoded by `ClusterReport+JSON.swift`.
struct ClusterReport {
    /// Milliseconds since 1970.
    let generatedAt: Int64
    let own: NodeIncarnation
    /// Sorted by name, newest incarnation first.
    let members: [ClusterMember]
    let viewHash: UInt32
    let relay: RelayStatus
    let relayEvents: [RelayWatch.Event]
    let serverEvents: [RelayServers.Event]
    let topology: RelayTopology?
    let degraded: [String]
    let supervision: SupervisionTree.Snapshot
    /// When the supervision tree was read.
    let looked: ContinuousClock.Instant
    let events: [MembershipEvent]

    init(of sources: EdgeSources) {
        generatedAt = WallClock.milliseconds()
        looked = .now
        own = sources.backend.membership.own
        members = sources.backend.membership.members.sorted {
            ($0.node.name, $1.node.generation) < ($1.node.name, $0.node.generation)
        }
        viewHash = sources.backend.membership.viewHash
        relay = sources.backend.status()
        relayEvents = sources.relay.events
        serverEvents = sources.relay.serverEvents
        topology = sources.backend.topology()
        degraded =
            sources.backend.readiness.compactMap { $0.unreadyReason ?? $0.degradedReason }
            + sources.backend.membership.degraded
        supervision = sources.supervision.snapshot(now: looked)
        events = sources.backend.membership.events
    }

    /// Every live node that has reported its view sees the same cluster.
    var isAgreed: Bool {
        members.allSatisfy { $0.state != .alive || $0.node == own || $0.viewHash == nil || $0.viewHash == viewHash }
    }

    /// Changes to this are sent at once; the numbers, which always change, wait for the next interval.
    struct Outline: Hashable {
        private struct Member: Hashable {
            let node: NodeIncarnation
            let state: ClusterMember.State
            let incarnation: UInt64
            let accusers: [String]
        }

        private let members: [Member]
        private let viewHash: UInt32
        private let isAgreed: Bool
        private let relayIsConnected: Bool
        private let relayHasTrouble: Bool
        /// Which servers are used, and whether they work.
        private let shards: [String: Bool]
        private let serverEvent: RelayServers.Event?
        /// Only the count: the texts may contain running times.
        private let degraded: Int
        private let restarts: Int

        init(_ report: ClusterReport) {
            members = report.members.map {
                Member(node: $0.node, state: $0.state, incarnation: $0.incarnation, accusers: $0.accusations.map(\.by))
            }
            viewHash = report.viewHash
            isAgreed = report.isAgreed
            relayIsConnected = report.relay.connected
            relayHasTrouble = report.relay.trouble != nil
            shards = Dictionary(
                report.topology?.shards.map { ($0.address, $0.trouble == nil) } ?? [], uniquingKeysWith: { $0 && $1 })
            serverEvent = report.serverEvents.last
            degraded = report.degraded.count
            restarts = report.supervision.restartsWithinFiveMinutes
        }
    }
}
