import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import WebEdge

@Suite(.timeLimit(.minutes(1))) struct DirectWriterTests {
    /// Whatever the sizes, the ticks and the pace of the reader: every byte once, in order.
    @Test(arguments: 0..<12 as Range<UInt64>)
    func allBytesArriveInOrder(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let (channel, reader) = try await Self.connect()
        var sent: [UInt8] = []
        var received: [UInt8] = []
        for _ in 0..<40 {
            // Up to more frames than one system call takes.
            let count = Int.random(in: 1...24, using: &random)
            let frames = (0..<count).map { _ in
                let size = Bool.random(using: &random) ? 20_000 : 200
                return [UInt8](
                    repeating: .random(in: 0...255, using: &random), count: .random(in: 0...size, using: &random))
            }
            sent += frames.joined()
            try await channel.eventLoop.submit {
                try channel.pipeline.syncOperations.handler(type: Writing.self).write(frames)
            }.get()
            if Bool.random(using: &random), received.count < sent.count {
                received += try await reader.bytes(.random(in: 1...(sent.count - received.count), using: &random))
            }
        }
        received += try await reader.bytes(sent.count - received.count)
        #expect(received == sent, "seed \(seed)")
        try await channel.close()
    }

    @Test func aClosedChannelGetsNothing() async throws {
        let (channel, reader) = try await Self.connect()
        try await channel.eventLoop.submit {
            let handler = try channel.pipeline.syncOperations.handler(type: Writing.self)
            try handler.write([[1]])
            channel.close(promise: nil)
            try handler.write([[2]])
        }.get()
        #expect(try await reader.bytes(1) == [1])
        try await reader.waitForEnd()
    }

    /// A channel with small buffers, and its peer.
    private static func connect() async throws -> (any Channel, RawSocket) {
        let group = MultiThreadedEventLoopGroup.singleton
        let opened = group.next().makePromise(of: (any Channel).self)
        let server = try await ServerBootstrap(group: group)
            .childChannelOption(.socketOption(.so_sndbuf), value: 16 * 1024)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Writing(opened))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let reader = try RawSocket(port: try #require(server.localAddress?.port), receiveBuffer: 16 * 1024)
        let channel = try await opened.futureResult.get()
        channel.closeFuture.whenComplete { _ in server.close(promise: nil) }
        return (channel, reader)
    }
}

/// Writes each call's frames as one tick does.
private final class Writing: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var writer = DirectWriter(descriptor: nil)
    private var context: ChannelHandlerContext?
    private let opened: EventLoopPromise<any Channel>

    init(_ opened: EventLoopPromise<any Channel>) {
        self.opened = opened
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        opened.succeed(context.channel)
        writer = DirectWriter(
            descriptor: try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable {
                (socket: NIOBSDSocket.Handle) in socket
            })
    }

    func write(_ frames: [[UInt8]]) throws {
        guard let context else { throw ChannelError.ioOnClosedChannel }
        for frame in frames { writer.append(ByteBuffer(bytes: frame)) }
        let rest = writer.send(on: context.channel)
        for frames in rest { context.write(NIOAny(frames), promise: nil) }
        if !rest.isEmpty { context.flush() }
    }
}
