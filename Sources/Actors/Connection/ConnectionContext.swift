import ChatModel
import ChatProtocol

/// What stays the same for a member when its actor is replaced. Immutable.
struct ConnectionContext: Sendable {
    let room: RoomName
    let socket: SocketID
    let user: UserID
    let mode: JoinRequest.Mode
    let since: ClientFrame.Since?
    let address: String
    let outlet: any ConnectionOutlet
    let replies: MemberReplies
    let shard: RoomShard
    let services: RoomServices
}
