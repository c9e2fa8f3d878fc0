package import Actors
package import ChatModel
package import Supervision

/// The data behind the routes: read-only views of the node's parts, all safe from any thread.
package struct EdgeSources: Sendable {
    package struct RelayStatus: Hashable, Sendable {
        package enum Kind: String, Sendable { case redis, memory }

        package let kind: Kind
        package let connected: Bool
        /// Why messages cannot be accepted right now; `nil`: they can.
        package let trouble: String?

        package init(kind: Kind, connected: Bool, trouble: String? = nil) {
            self.kind = kind
            self.connected = connected
            self.trouble = trouble
        }
    }

    let log: any RoomLog
    let rooms: any RoomIndex
    let membership: any MembershipView
    let readiness: [any ReadinessCheck]
    let relay: @Sendable () -> RelayStatus
    let relayEvents: @Sendable () -> [RelayWatch.Event]
    let supervision: SupervisionTree
    let sabotaged: RoomDirectory?
    let metrics: PrometheusFactory

    /// - Parameters:
    ///   - readiness: every part that can make the node not ready. The edge adds its own.
    ///   - sabotaged: the rooms of a development node, whose actors `/dev/faults` makes fail.
    package init(
        log: any RoomLog, rooms: any RoomIndex, membership: any MembershipView, readiness: [any ReadinessCheck],
        relay: @escaping @Sendable () -> RelayStatus,
        relayEvents: @escaping @Sendable () -> [RelayWatch.Event] = { [] }, supervision: SupervisionTree,
        sabotaged: RoomDirectory? = nil, metrics: PrometheusFactory
    ) {
        self.log = log
        self.rooms = rooms
        self.membership = membership
        self.readiness = readiness
        self.relay = relay
        self.relayEvents = relayEvents
        self.supervision = supervision
        self.sabotaged = sabotaged
        self.metrics = metrics
    }
}
