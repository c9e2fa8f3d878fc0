import ChatModel
import ChatProtocol

/// What stays the same for a member when its actor is replaced. Immutable.
final class ConnectionContext: Sendable {
    let room: RoomName
    let socket: SocketID
    let user: UserID
    /// Of the whole chat, when they joined.
    let isOperator: Bool
    let mode: JoinRequest.Mode
    let since: ClientFrame.Since?
    let address: String
    let addressDigest: AddressDigest?
    let newRooms: (any RoomAllowance)?
    let outlet: any ConnectionOutlet
    let replies: MemberReplies
    let shard: RoomShard
    let services: RoomServices

    init(_ request: JoinRequest, outlet: any ConnectionOutlet, shard: RoomShard, services: RoomServices) {
        self.room = request.room
        self.socket = request.socket
        self.user = request.user.id
        self.isOperator = request.isOperator
        self.mode = request.mode
        self.since = request.since
        self.address = request.address
        self.addressDigest = request.addressDigest
        self.newRooms = request.newRooms
        self.outlet = outlet
        self.replies = MemberReplies(room: request.room, mode: request.mode, outlet: outlet)
        self.shard = shard
        self.services = services
    }
    /// By which right an operator of the whole chat acts: in open rooms.
    func authority(for act: MessageAct) -> Authority {
        guard room.kind == .open else { return .own }
        switch act {
        case .delete, .room: return .operator
        case .edit, .react, .other: return .own
        }
    }
}
