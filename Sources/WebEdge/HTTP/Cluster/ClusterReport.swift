import ChatModel
import Supervision

/// All that `/cluster` tells, of one moment. Made when somebody asks; as JSON: `ClusterReport+JSON.swift`.
struct ClusterReport {
    /// Milliseconds since 1970.
    let generatedAt: Int64
    let own: NodeIncarnation
    /// By name, the newest life of a name first.
    let members: [ClusterMember]
    let viewHash: UInt32
    let relay: EdgeSources.RelayStatus
    let degraded: [String]
    let supervision: SupervisionTree.Snapshot
    /// Of the supervision tree's times.
    let looked: ContinuousClock.Instant
    let events: [MembershipEvent]

    init(of sources: EdgeSources) {
        generatedAt = WallClock.milliseconds()
        looked = .now
        own = sources.membership.own
        members = sources.membership.members.sorted {
            ($0.node.name, $1.node.generation) < ($1.node.name, $0.node.generation)
        }
        viewHash = sources.membership.viewHash
        relay = sources.relay()
        degraded = sources.membership.degraded
        supervision = sources.supervision.snapshot(now: looked)
        events = sources.membership.events
    }

    /// Every living member that has told what it sees, sees the same.
    var isAgreed: Bool {
        members.allSatisfy { $0.state != .alive || $0.node == own || $0.viewHash == nil || $0.viewHash == viewHash }
    }

    /// What is worth telling at once, and not with the next round: not the numbers, which always change.
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
        private let relay: EdgeSources.RelayStatus
        private let degraded: [String]
        private let restarts: Int

        init(_ report: ClusterReport) {
            members = report.members.map {
                Member(
                    node: $0.node, state: $0.state, incarnation: $0.incarnation, accusers: $0.accusations.map(\.by))
            }
            viewHash = report.viewHash
            isAgreed = report.isAgreed
            relay = report.relay
            degraded = report.degraded
            restarts = report.supervision.restartsWithinFiveMinutes
        }
    }
}
