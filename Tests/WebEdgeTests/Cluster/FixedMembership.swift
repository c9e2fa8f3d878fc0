import ChatModel
import Synchronization

/// A view of two nodes, `n1` that answers and `n2` that is suspect; what a test sets is seen from then on.
final class FixedMembership: MembershipView {
    let own = NodeIncarnation(name: "n1", generation: 7)
    let viewHash: UInt32 = 0xBEEF
    let degraded: [String]
    let events = [
        MembershipEvent(at: 5, node: .init(name: "n2", generation: 9), from: nil, to: .alive),
        MembershipEvent(at: 6, node: .init(name: "n2", generation: 9), from: .alive, to: .suspect, by: "n1"),
    ]
    private let state = Mutex(ClusterMember.State.suspect)

    init(degraded: [String] = ["n2: \"silent\""]) {
        self.degraded = degraded
    }

    var members: [ClusterMember] {
        var n1 = ClusterMember(node: own, state: .alive, address: "a:1", version: "1", startedAt: 1)
        n1.viewHash = viewHash
        n1.load = NodeLoad(
            users: 3, rooms: 2, messagesPerSecond: 1.25, loopLag: .microseconds(400), relayConnected: true)
        n1.canaries = [
            CanaryReceipt(
                from: "n2", number: 12, last: .milliseconds(3), p99: .microseconds(4_567), age: .milliseconds(900))
        ]
        var n2 = ClusterMember(
            node: .init(name: "n2", generation: 9), state: state.withLock { $0 }, address: "b:1", version: "2",
            startedAt: .max)
        n2.incarnation = 3
        n2.accusations = [.init(by: "n1", at: 6)]
        n2.roundTrip = .microseconds(740)
        n2.viewHash = 1
        let n3 = ClusterMember(
            node: .init(name: "n3", generation: 1), state: .left, address: "", version: "", startedAt: 0)
        return [n3, n2, n1]
    }

    func set(_ state: ClusterMember.State) { self.state.withLock { $0 = state } }

    func isPresent(_ node: NodeIncarnation) -> Bool { true }
}
