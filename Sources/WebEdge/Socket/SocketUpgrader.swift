import Actors
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// Turns an admitted connection into a socket: answers 101, and puts the frame decoder and the socket's handler into
/// the pipeline. There is no frame encoder: finished bytes go straight out (`FrameEncoder`).
struct SocketUpgrader: NIOTypedHTTPServerProtocolUpgrader {
    /// A message may have 64 KiB, in one frame or in many; the handler watches over the sum.
    static let maximumFrameBytes = 64 * 1024
    /// Bytes waiting in the channel: above the first the socket counts as not writable, below the second as writable.
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
        // NIO's upgrader knows how to answer; its own pipeline is not wanted, so only the answer is asked for.
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
            // A client that has ended its side has left; with half a connection there is no closing handshake.
            try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: false)
            try channel.syncOptions?.setOption(.writeBufferWaterMark, value: Self.writeBuffer)
            let limit = handshake.isEcho ? EchoHandler.messageBytes : Self.maximumFrameBytes
            let decoder = ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: limit))
            let pipeline = channel.pipeline.syncOperations
            // Behind a request before it, there still is the handler of that (`UpgradeChannel`): it must see no frame.
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
