package import ChatModel
package import Logging

/// What every room and connection of a node works with. Created once by the node; immutable.
package final class RoomServices: Sendable {
    let backend: RoomBackend
    let search: RoomSearch
    /// This node's name. Needed for each message, so it is not read from the cluster view each time.
    let nodeName: String
    let limits: ActorsConfiguration
    let metrics: ActorsMetrics
    let logger: Logger

    package init(backend: RoomBackend, limits: ActorsConfiguration, metrics: ActorsMetrics, logger: Logger) {
        self.backend = backend
        search = RoomSearch(log: backend.log, metrics: metrics.searches)
        nodeName = backend.membership.own.name
        self.limits = limits
        self.metrics = metrics
        self.logger = logger
    }
}
