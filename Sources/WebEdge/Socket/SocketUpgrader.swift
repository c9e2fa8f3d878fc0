import Actors
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Sealing

/// Turns an admitted connection into a socket: the response, and the handlers of its pipeline. There is no frame
/// encoder: finished bytes are written directly (`FrameEncoder`).
struct SocketUpgrader: Sendable {
    /// Maximum size of a message, in one frame or several; the handler checks the sum.
    static let maximumFrameBytes = 64 * 1024
    /// Queued bytes: above the high mark a channel stops being writable, below the low mark it is writable again.
    static let writeBuffer = ChannelOptions.Types.WriteBufferWaterMark(low: 64 * 1024, high: 128 * 1024)

    let gate: UpgradeGate
    let metrics: EdgeMetrics
    let notices: HandshakeNotices
    let queues: HandshakeQueues
    let usesTLS: Bool
    let makeHandler: SocketHandlerFactory

    /// The response that accepts a handshake (RFC 6455, section 4.2.2).
    func response(to handshake: UpgradeGate.Handshake) -> ByteBuffer {
        let accept = Digest.sha1(Array("\(handshake.key)258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8))
        var response = ByteBuffer()
        response.writeStaticString(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ")
        response.writeBytes(Data(accept).base64EncodedData())
        if handshake.mode == .v1 {
            response.writeString("\r\nSec-WebSocket-Protocol: \(UpgradeGate.subprotocol)")
        }
        response.writeStaticString("\r\n\r\n")
        return response
    }

    /// Adds the socket's handlers behind `handler`. The response was written, and no HTTP handler writes any more.
    func addSocket(
        _ handshake: UpgradeGate.Handshake, to channel: any Channel, behind handler: any ChannelHandler
    ) throws {
        // A client that has closed its side has left; half a connection allows no closing handshake.
        try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: false)
        try channel.syncOptions?.setOption(.writeBufferWaterMark, value: Self.writeBuffer)
        let limit = handshake.isEcho ? EchoHandler.messageBytes : Self.maximumFrameBytes
        let decoder = ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: limit))
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(decoder, position: .after(handler))
        let descriptor =
            usesTLS ? nil : try pipeline.withUnsafeTransportIfAvailable { (socket: NIOBSDSocket.Handle) in socket }
        try pipeline.addHandler(self.handler(of: handshake, on: channel, descriptor), position: .after(decoder))
        metrics.connected(.success)
    }

    private func handler(
        of handshake: UpgradeGate.Handshake, on channel: any Channel, _ descriptor: NIOBSDSocket.Handle?
    ) -> any ChannelHandler {
        guard !handshake.isEcho else { return EchoHandler() }
        return makeHandler(
            AcceptedSocket(
                mode: handshake.mode, room: handshake.room, client: handshake.client,
                user: handshake.user, channel: channel, descriptor: descriptor))
    }
}
