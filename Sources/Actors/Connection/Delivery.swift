import ChatModel
import ChatProtocol
import NIOCore

/// Messages of one room as finished frames, the same bytes for every member: what a room fans out in one hop.
struct Delivery: Sendable {
    let epoch: Epoch
    let first: MessageID
    let last: MessageID
    /// Concatenated WebSocket frames; empty for a plain client if all entries are acts.
    let frames: ByteBuffer

    /// Bytes it occupies; an estimate if there are no frames.
    var size: Int { frames.readableBytes > 0 ? frames.readableBytes : 128 }
}

/// The members of a room, as a newcomer gets them.
struct Roster: Hashable, Sendable {
    /// At most 200.
    let members: MemberList
    let memberCount: Int
    /// As the newcomer sees them; `nil`: the room has none.
    var rules: ServerFrame.Rules?
}
