package import Actors
package import ChatModel
package import Supervision

/// The data behind the routes: read-only views of the node's parts, all safe from any thread.
package struct EdgeSources: Sendable {
    let backend: RoomBackend
    let relay: RelayWatch
    let supervision: SupervisionTree
    let sabotaged: RoomDirectory?
    let metrics: PrometheusFactory

    /// - `sabotaged`: the rooms of a development node, whose actors `/dev/faults` makes fail.
    package init(
        backend: RoomBackend, relay: RelayWatch, supervision: SupervisionTree, sabotaged: RoomDirectory? = nil,
        metrics: PrometheusFactory
    ) {
        self.backend = backend
        self.relay = relay
        self.supervision = supervision
        self.sabotaged = sabotaged
        self.metrics = metrics
    }
}
