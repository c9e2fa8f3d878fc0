import Actors
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// Turns an admitted connection into a socket: answers 101, and adds the frame decoder and the socket's handler to the
/// pipeline. There is no frame encoder: finished bytes are written directly (`FrameEncoder`).
struct SocketUpgrader: NIOTypedHTTPServerProtocolUpgrader {
    /// Maximum size of a message, in one frame or several; the handler checks the sum.
    static let maximumFrameBytes = 64 * 1024
    /// Queued bytes: above the high mark a channel stops being writable, below the low mark it is writable again.
    static let writeBuffer = ChannelOptions.Types.WriteBufferWaterMark(low: 64 * 1024, high: 128 * 1024)

    let supportedProtocol = "websocket"
    let requiredUpgradeHeaders: [String] = []

    let gate: UpgradeGate
    let metrics: EdgeMetrics
    let notices: HandshakeNotices
    let makeHandler: SocketHandlerFactory

    func buildUpgradeResponse(
        channel: any Channel, upgradeRequest: HTTPRequestHead, initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders> {
        // NIO's upgrader makes the response; its pipeline is not wanted, so nothing else of it is used.
        NIOTypedWebSocketServerUpgrader<Void>(
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    switch try gate.handshake(head, peer: channel.remoteAddress).mode {
                    case .plain: [:]
                    case .v1: ["Sec-WebSocket-Protocol": UpgradeGate.subprotocol]
                    }
                }
            },
            upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() }
        ).buildUpgradeResponse(
            channel: channel, upgradeRequest: upgradeRequest, initialResponseHeaders: initialResponseHeaders)
    }

    func upgrade(channel: any Channel, upgradeRequest: HTTPRequestHead) -> EventLoopFuture<UpgradeChannel.Negotiated> {
        channel.eventLoop.makeCompletedFuture {
            let handshake = try gate.handshake(upgradeRequest, peer: channel.remoteAddress)
            // A client that has closed its side has left; half a connection allows no closing handshake.
            try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: false)
            try channel.syncOptions?.setOption(.writeBufferWaterMark, value: Self.writeBuffer)
            let limit = handshake.isEcho ? EchoHandler.messageBytes : Self.maximumFrameBytes
            let decoder = ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: limit))
            let pipeline = channel.pipeline.syncOperations
            // The handler of earlier requests may still be there (`UpgradeChannel`) and must see no frames.
            let upgrade = try pipeline.handler(type: UpgradeChannel.UpgradeHandler.self)
            try pipeline.addHandler(decoder, position: .after(upgrade))
            try pipeline.addHandler(handler(of: handshake, on: channel), position: .after(decoder))
            metrics.connected(.success)
            return .socket
        }
    }

    private func handler(of handshake: UpgradeGate.Handshake, on channel: any Channel) -> any ChannelHandler {
        guard !handshake.isEcho else { return EchoHandler() }
        return makeHandler(
            AcceptedSocket(
                mode: handshake.mode, room: handshake.room, remoteAddress: handshake.client.description,
                countedAddress: handshake.client.counted, channel: channel))
    }
}
