import NIOCore
import NIOPosix

/// Listens like a Redis, and answers each of the first commands with what a test has ready, whatever was asked.
final class FalseRedis: Sendable {
    let port: Int
    private let channel: any Channel

    static func start(answering answers: [String]) async throws -> FalseRedis {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answers(answers))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return FalseRedis(channel)
    }

    private init(_ channel: any Channel) {
        self.channel = channel
        port = channel.localAddress?.port ?? 0
    }

    func stop() async throws { try await channel.close() }

    /// One command a read: a node waits for the answer to its first one.
    private final class Answers: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private var rest: ArraySlice<String>

        init(_ answers: [String]) { rest = answers[...] }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard let answer = rest.popFirst() else { return }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        }
    }
}
