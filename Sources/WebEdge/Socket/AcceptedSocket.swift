package import Actors
package import ChatModel
package import NIOCore

/// A WebSocket whose upgrade was accepted, and what the gate found out about it. Handed to `SocketHandlerFactory` once,
/// on the channel's event loop, when no HTTP handler is left in the pipeline.
package struct AcceptedSocket: Sendable {
    package let mode: JoinRequest.Mode
    /// The room a plain client joins at once (`?room=`, or the lobby). Unused in `v1`.
    package let room: RoomName
    /// The client's address: the peer's, or the one a trusted proxy reports. For logs.
    package let remoteAddress: String
    /// The key for limits (`IPAddress.counted`).
    package let countedAddress: String
    package let channel: any Channel

    package init(
        mode: JoinRequest.Mode, room: RoomName, remoteAddress: String, countedAddress: String? = nil,
        channel: any Channel
    ) {
        self.mode = mode
        self.room = room
        self.remoteAddress = remoteAddress
        self.countedAddress = countedAddress ?? remoteAddress
        self.channel = channel
    }
}

/// Makes the handler behind `WebSocketFrameDecoder`: it reads `WebSocketFrame`s and writes finished frames as
/// `ByteBuffer`s. Called on the channel's event loop.
package typealias SocketHandlerFactory = @Sendable (AcceptedSocket) -> any ChannelHandler
