package import ChatModel
package import Logging

/// What every room of a node uses. Made once by the node.
package struct RoomServices: Sendable {
    package let relay: any Relay
    package let log: any RoomLog
    package let search: any RoomSearch
    package let presence: any PresenceStore
    package let membership: any MembershipView
    /// This node's name. Needed for each message, so it is kept here instead of asking `membership`.
    let nodeName: String
    package let limits: ActorsConfiguration
    package let metrics: ActorsMetrics
    package let logger: Logger

    package init(
        relay: any Relay, log: any RoomLog, search: any RoomSearch, presence: any PresenceStore,
        membership: any MembershipView, limits: ActorsConfiguration, metrics: ActorsMetrics, logger: Logger
    ) {
        self.relay = relay
        self.log = log
        self.search = search
        self.presence = presence
        self.membership = membership
        self.nodeName = membership.own.name
        self.limits = limits
        self.metrics = metrics
        self.logger = logger
    }
}
