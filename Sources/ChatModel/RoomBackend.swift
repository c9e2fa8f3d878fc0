package import Operations

/// What the rooms of a node need of the world: where they keep messages and members, how they exchange them with other
/// nodes, and which nodes those are. Made by `RedisBackend` or by `EmbeddedBackend`; rooms and edge know no more of them.
package struct RoomBackend: Sendable {
    package let relay: any Relay
    package let log: any RoomLog
    package let presence: any PresenceStore
    package let index: any RoomIndex
    package let userRooms: any UserRooms
    package let devices: any UserDevices
    package let pushes: any PushStore
    package let administration: any RoomAdministration
    package let addressBans: any AddressBans
    package let files: any FileIndex
    package let journeys: any JourneyRelay
    package let membership: any MembershipView
    /// What must work before the node is ready.
    package let readiness: [any ReadinessCheck]
    /// Safe from any thread; answers from memory.
    package let status: @Sendable () -> RelayStatus
    /// `nil`: there are no servers. Safe from any thread; answers from memory.
    package let topology: @Sendable () -> RelayTopology?

    package init(
        relay: any Relay, log: any RoomLog, presence: any PresenceStore, index: any RoomIndex,
        userRooms: any UserRooms, devices: any UserDevices, pushes: any PushStore,
        administration: any RoomAdministration, addressBans: any AddressBans, files: any FileIndex,
        journeys: any JourneyRelay, membership: any MembershipView, readiness: [any ReadinessCheck] = [],
        status: @escaping @Sendable () -> RelayStatus,
        topology: @escaping @Sendable () -> RelayTopology? = { nil }
    ) {
        self.relay = relay
        self.log = log
        self.presence = presence
        self.index = index
        self.userRooms = userRooms
        self.devices = devices
        self.pushes = pushes
        self.administration = administration
        self.addressBans = addressBans
        self.files = files
        self.journeys = journeys
        self.membership = membership
        self.readiness = readiness
        self.status = status
        self.topology = topology
    }
}
