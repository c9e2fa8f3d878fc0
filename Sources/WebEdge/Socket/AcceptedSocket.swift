package import Actors
package import ChatModel
package import NIOCore

/// A WebSocket whose upgrade was accepted, and what the gate found out about it. Handed to `SocketHandlerFactory` once,
/// on the channel's event loop, when no HTTP handler is left in the pipeline.
package struct AcceptedSocket: Sendable {
    package let mode: JoinRequest.Mode
    /// The room a plain client joins at once (`?room=`, or the lobby). Unused in `v1`.
    package let room: RoomName
    package let client: ClientAddress.Found
    /// Whom a trusted proxy has let in.
    let user: TokenHolder?
    package let channel: any Channel
    /// The channel's own, where frames may be written past NIO; `nil` with TLS.
    package let descriptor: NIOBSDSocket.Handle?

    package init(
        mode: JoinRequest.Mode, room: RoomName, client: ClientAddress.Found, user: TokenHolder? = nil,
        channel: any Channel, descriptor: NIOBSDSocket.Handle?
    ) {
        self.mode = mode
        self.room = room
        self.client = client
        self.user = user
        self.channel = channel
        self.descriptor = descriptor
    }
}

/// Makes the handler behind `WebSocketFrameDecoder`: it reads `WebSocketFrame`s and writes finished frames as
/// `ByteBuffer`s. Called on the channel's event loop.
package typealias SocketHandlerFactory = @Sendable (AcceptedSocket) -> any ChannelHandler
