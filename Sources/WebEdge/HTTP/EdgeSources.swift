package import Actors
package import ChatModel
package import Operations
package import Supervision

/// The data behind the routes: read-only views of the node's parts, all safe from any thread.
package struct EdgeSources: Sendable {
    let backend: RoomBackend
    let relay: RelayWatch
    let supervision: SupervisionTree
    let access: Access?
    let addresses: AddressTable
    let files: FileServices?
    let keys: (any ReadinessCheck)?
    let sabotaged: RoomDirectory?
    let metrics: PrometheusFactory

    /// - `access`: who has to sign in to read; `nil`: nobody.
    /// - `addresses`: what the sockets of an address share, its requests share, too.
    /// - `files`: `nil`: the node takes none.
    /// - `keys`: whether there are keys to check tokens with; `nil`: none are needed.
    /// - `sabotaged`: the rooms of a development node, whose actors `/dev/faults` makes fail.
    package init(
        backend: RoomBackend, relay: RelayWatch, supervision: SupervisionTree, access: Access? = nil,
        addresses: AddressTable, files: FileServices? = nil, keys: (any ReadinessCheck)? = nil,
        sabotaged: RoomDirectory? = nil,
        metrics: PrometheusFactory
    ) {
        self.backend = backend
        self.relay = relay
        self.supervision = supervision
        self.access = access
        self.addresses = addresses
        self.files = files
        self.keys = keys
        self.sabotaged = sabotaged
        self.metrics = metrics
    }
}
