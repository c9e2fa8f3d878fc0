internal import NIOCore
internal import NIOSSL

/// The last handler of a connection's channel: turns bytes into replies for the `RedisConnection`, which writes to the
/// channel itself.
///
/// Owned by the channel, on its event loop.
final class RedisChannelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let connection: RedisConnection
    private var reader: ReplyReader

    init(connection: RedisConnection, maximumReplyBytes: Int) {
        self.connection = connection
        self.reader = ReplyReader(maximumReplyBytes: maximumReplyBytes)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var replies: [RedisReply] = []
        do throws(RedisError) {
            try reader.feed(unwrapInboundIn(data))
            while let reply = try reader.next() { replies.append(reply) }
        } catch {
            connection.assumeIsolated { $0.close(error) }
            return
        }
        connection.assumeIsolated { [replies] in $0.received(replies) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        connection.assumeIsolated { $0.readCycleEnded() }
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection.assumeIsolated { $0.channelClosed() }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let certificate = try? context.channel.pipeline.syncOperations.nioSSL_peerCertificate()
        let reason = RedisError.broken(by: error, certificate: certificate ?? nil)
        connection.assumeIsolated { $0.close(reason) }
    }
}
