internal import NIOCore

/// Hands datagrams from the socket to the transport.
final class GossipDatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let transport: GossipTransport

    init(_ transport: GossipTransport) {
        self.transport = transport
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let datagram = Array(envelope.data.readableBytesView)
        transport.assumeIsolated { $0.received(datagram, from: envelope.remoteAddress) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        transport.assumeIsolated { $0.closed() }
    }

    /// Such as "port unreachable" after a datagram to a node that has just gone. The socket goes on.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
