import ChatModel
import NIOCore

/// Messages of one room as finished frames, the same bytes for every member: what a room fans out in one hop.
struct Delivery: Sendable {
    let epoch: Epoch
    let first: MessageID
    let last: MessageID
    /// WebSocket frames, joined; none for a plain client where nothing but acts was said.
    let frames: ByteBuffer

    /// Bytes that it takes to keep it; roughly, where there are no frames.
    var size: Int { frames.readableBytes > 0 ? frames.readableBytes : 128 }
}

/// The members of a room, for a newcomer.
struct Roster: Hashable, Sendable {
    /// At most 200.
    let members: [User]
    let memberCount: Int
}
