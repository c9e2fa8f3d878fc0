internal import ChatModel
internal import Gossip
internal import NIOCore
internal import Synchronization

/// The cluster as gossip sees it: the latest state of a `GossipInstance`, readable from any thread.
package final class GossipView: Sendable {
    struct Snapshot: Sendable {
        /// This node first; empty before gossip has started.
        fileprivate(set) var members: [ClusterMember] = []
        /// Problems with gossip itself.
        fileprivate(set) var troubles: [String] = []
        fileprivate var incarnations: [String: Incarnation] = [:]

        func verdict(on node: NodeIncarnation) -> IncarnationVerdict {
            guard let incarnation = incarnations[node.name], incarnation.generation >= node.generation else {
                return .unknown
            }
            guard incarnation.generation == node.generation else { return .over }
            return switch incarnation.state {
            case .alive, .suspect: .live
            case .dead: .dead(since: incarnation.since)
            case .left: .left(since: incarnation.since)
            }
        }
    }

    /// The latest incarnation of a name.
    fileprivate struct Incarnation: Sendable {
        let generation: UInt64
        let state: ClusterMember.State
        let since: ContinuousClock.Instant
    }

    private struct State {
        var snapshot = Snapshot()
        var listener: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    init() {}

    var snapshot: Snapshot { state.withLock { $0.snapshot } }

    /// - `listener`: called after each change, on gossip's event loop.
    func onChange(_ listener: @escaping @Sendable () -> Void) {
        state.withLock { $0.listener = listener }
    }

    /// - `trouble`: `nil` while there is a socket.
    func show(_ instance: GossipInstance, at time: GossipTime, trouble: String?) {
        let now = ContinuousClock.now
        var snapshot = Snapshot()
        snapshot.troubles = [trouble].compactMap(\.self)
        snapshot.members = [Self.own(instance)]
        for name in instance.members.names {
            guard let member = instance.members[name] else { continue }
            snapshot.members.append(Self.member(member, at: time))
            let age = member.goneSince.map { max(0, time.uptime - $0) } ?? 0
            snapshot.incarnations[name] = Incarnation(
                generation: member.record.standing.generation, state: ClusterMember.State(member.record.status),
                since: now - .microseconds(age))
        }
        let listener = state.withLock { state in
            state.snapshot = snapshot
            return state.listener
        }
        listener?()
    }

    private static func own(_ instance: GossipInstance) -> ClusterMember {
        ClusterMember(instance.own, attributes: instance.ownAttributes)
    }

    private static func member(_ member: Member, at time: GossipTime) -> ClusterMember {
        var shown = ClusterMember(member.record, attributes: member.attributes)
        shown.accusations = member.accusations.map { accusation in
            let age = max(0, time.uptime - accusation.at) / 1_000
            return ClusterMember.Accusation(by: accusation.accuser, at: time.wall - age)
        }
        shown.roundTrip = member.roundTrip.map { .microseconds($0) }
        return shown
    }
}

extension ClusterMember {
    /// - `attributes`: encoded `NodeAttributes`; empty until received.
    fileprivate init(_ record: MemberRecord, attributes bytes: [UInt8]) {
        let told = NodeAttributes(bytes)
        self.init(
            node: NodeIncarnation(name: record.name, generation: record.standing.generation),
            state: State(record.status), address: told?.httpAddress ?? "", version: told?.version ?? "",
            startedAt: told?.startedAt ?? 0)
        incarnation = UInt64(record.standing.incarnation)
        load = told.map(NodeLoad.init)
        viewHash = told?.viewHash
        // A gone node's canaries are outdated.
        if state.isLive { canaries = told?.canaries.map { CanaryReceipt($0) } ?? [] }
    }
}

extension NodeLoad {
    fileprivate init(_ told: NodeAttributes) {
        self.init(
            users: Int(told.users), rooms: Int(told.rooms), messagesPerSecond: Double(told.messageRate) / 10,
            loopLag: .microseconds(Int64(told.loopLagMicroseconds)), relayConnected: told.relayConnected)
    }
}
