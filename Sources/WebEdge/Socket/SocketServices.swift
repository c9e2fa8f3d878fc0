package import Actors
package import ChatModel
import ChatProtocol
package import Logging
import NIOCore
package import Sealing

/// What every socket of a node uses. Made once by the node.
package final class SocketServices: Sendable {
    package let nodeName: String
    package let configuration: SocketConfiguration
    package let rooms: RoomDirectory
    package let tokens: any GuestTokens
    package let invitations: InvitationSealer
    package let links: DeviceLinkSealer
    /// `nil`: all are guests.
    package let access: Access?
    /// `nil`: no push messages.
    package let push: PushOffer?
    package let users: UserTable
    package let addresses: AddressTable
    /// `nil`: the node takes no files.
    package let files: FileServices?
    package let registry: SocketRegistry
    package let metrics: EdgeMetrics
    /// Whether messages are currently accepted.
    package let isWritable: @Sendable () -> Bool
    /// Of what users have read, for all sockets together.
    let readLimit: Allowance
    package let logger: Logger

    /// For `welcome`.
    var features: [String] {
        [
            ServerFrame.Welcome.rooms, ServerFrame.Welcome.replies, ServerFrame.Welcome.read, ServerFrame.Welcome.links,
        ]
            + (access == nil ? [] : [ServerFrame.Welcome.accounts]) + (push == nil ? [] : [ServerFrame.Welcome.push])
    }

    package init(
        nodeName: String, configuration: SocketConfiguration, rooms: RoomDirectory, tokens: any GuestTokens,
        invitations: InvitationSealer, links: DeviceLinkSealer, access: Access? = nil, push: PushOffer? = nil,
        users: UserTable, addresses: AddressTable, files: FileServices? = nil,
        registry: SocketRegistry,
        metrics: EdgeMetrics,
        isWritable: @escaping @Sendable () -> Bool = { true }, logger: Logger
    ) {
        self.nodeName = nodeName
        self.configuration = configuration
        self.rooms = rooms
        self.tokens = tokens
        self.invitations = invitations
        self.links = links
        readLimit = Allowance(configuration.readRate, now: .now())
        self.access = access
        self.push = push
        self.users = users
        self.addresses = addresses
        self.files = files
        self.registry = registry
        self.metrics = metrics
        self.isWritable = isWritable
        self.logger = logger
    }
}
