internal import NIOCore
import Supervision

/// Passes datagrams from the socket to the transport.
final class GossipDatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let transport: GossipTransport

    init(_ transport: GossipTransport) {
        self.transport = transport
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let datagram = Array(envelope.data.readableBytesView)
        transport.enterOnLoop { $0.received(datagram, from: envelope.remoteAddress) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        transport.enterOnLoop { $0.closed() }
    }

    /// For example "port unreachable" after a datagram to a node that is gone. The socket stays open.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
