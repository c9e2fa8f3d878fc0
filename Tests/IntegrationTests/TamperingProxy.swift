import NIOCore
import NIOPosix
import Synchronization

/// Stands between clients and a node, and breaks a promise: of what the node says, one `chat` in so many is dropped,
/// doubled, or changes places with the next one. Everything else passes as it is.
final class TamperingProxy: Sendable {
    enum Fault: CaseIterable, Sendable {
        case drop
        case double
        case swap
    }

    private static let every = 50

    let port: Int
    private let listener: any Channel

    private init(listener: any Channel) {
        self.listener = listener
        self.port = listener.localAddress?.port ?? 0
    }

    static func start(_ fault: Fault, to port: Int) async throws -> TamperingProxy {
        let connections = Atomic<Int>(0)
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { client in
                // Not all at the same message: what nobody gets is another fault.
                let offset = connections.add(7, ordering: .relaxed).oldValue
                return ClientBootstrap(group: client.eventLoop).connect(host: "127.0.0.1", port: port).flatMap { node in
                    client.eventLoop.makeCompletedFuture {
                        try node.pipeline.syncOperations.addHandlers(Tamperer(fault, after: offset), Pipe(to: client))
                        try client.pipeline.syncOperations.addHandler(Pipe(to: node))
                    }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return TamperingProxy(listener: listener)
    }

    func stop() async throws { try await listener.close() }

    private final class Pipe: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let other: any Channel

        init(to other: any Channel) { self.other = other }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            other.writeAndFlush(unwrapInboundIn(data), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    /// Cuts what the node says into frames (RFC 6455, section 5.2; not masked), once the upgrade is through.
    private final class Tamperer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias InboundOut = ByteBuffer

        private let fault: Fault
        private var bytes = ByteBuffer()
        private var upgraded = false
        private var chats: Int
        private var held: ByteBuffer?

        init(_ fault: Fault, after chats: Int) {
            self.fault = fault
            self.chats = chats
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var new = unwrapInboundIn(data)
            bytes.writeBuffer(&new)
            if !upgraded {
                let view = bytes.readableBytesView
                guard let end = view.firstRange(of: [13, 10, 13, 10])?.upperBound else { return }
                upgraded = true
                pass(bytes.readSlice(length: end - view.startIndex), context)
            }
            while let frame = nextFrame() { tamper(frame, context) }
        }

        private func nextFrame() -> ByteBuffer? {
            guard let second: UInt8 = bytes.getInteger(at: bytes.readerIndex + 1) else { return nil }
            var size = 2 + Int(second)
            if second == 126 {
                guard let length: UInt16 = bytes.getInteger(at: bytes.readerIndex + 2) else { return nil }
                size = 4 + Int(length)
            } else if second == 127 {
                guard let length: UInt64 = bytes.getInteger(at: bytes.readerIndex + 2) else { return nil }
                size = 10 + Int(length)
            }
            return bytes.readSlice(length: size)
        }

        private func tamper(_ frame: ByteBuffer, _ context: ChannelHandlerContext) {
            guard String(buffer: frame).contains(#"{"type":"chat""#) else { return pass(frame, context) }
            chats += 1
            if chats.isMultiple(of: TamperingProxy.every) {
                switch fault {
                case .drop: return
                case .double: pass(frame, context)
                case .swap:
                    held = frame
                    return
                }
            }
            pass(frame, context)
            pass(held, context)
            held = nil
        }

        private func pass(_ frame: ByteBuffer?, _ context: ChannelHandlerContext) {
            if let frame { context.fireChannelRead(wrapInboundOut(frame)) }
        }
    }
}
