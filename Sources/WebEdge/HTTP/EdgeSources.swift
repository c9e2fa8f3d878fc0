package import ChatModel
package import Supervision

/// What the routes show: read-only views of the parts of the node, all safe from any thread.
package struct EdgeSources: Sendable {
    package struct RelayStatus: Hashable, Sendable {
        package enum Kind: String, Sendable { case redis, memory }

        package let kind: Kind
        package let connected: Bool

        package init(kind: Kind, connected: Bool) {
            self.kind = kind
            self.connected = connected
        }
    }

    let log: any RoomLog
    let rooms: any RoomIndex
    let membership: any MembershipView
    let readiness: [any ReadinessCheck]
    let relay: @Sendable () -> RelayStatus
    let supervision: SupervisionTree
    let faults: PlannedFaults?
    let metrics: PrometheusFactory

    /// - Parameters:
    ///   - readiness: every part that can say the node is not ready. The edge adds its own.
    ///   - faults: of a development node, which takes orders for them at `/dev/faults`.
    package init(
        log: any RoomLog, rooms: any RoomIndex, membership: any MembershipView, readiness: [any ReadinessCheck],
        relay: @escaping @Sendable () -> RelayStatus, supervision: SupervisionTree,
        faults: PlannedFaults? = nil, metrics: PrometheusFactory
    ) {
        self.log = log
        self.rooms = rooms
        self.membership = membership
        self.readiness = readiness
        self.relay = relay
        self.supervision = supervision
        self.faults = faults
        self.metrics = metrics
    }
}
