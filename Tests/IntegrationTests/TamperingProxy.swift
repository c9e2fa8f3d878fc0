import NIOCore
import NIOPosix
import Synchronization

/// Stands between clients and a node, and breaks a promise: of what the node says, one `chat` in so many is dropped,
/// doubled, or changes places with the next one; or only acts are, or they get another target; or a page of the history
/// names another edit. Everything else passes as it is.
final class TamperingProxy: Sendable {
    enum Fault: CaseIterable, Sendable {
        case drop
        case double
        case swap
        case dropAct
        case doubleAct
        case swapAct
        case retargetAct
        case misreadHistory

        /// What the frames hold that it changes.
        fileprivate var marks: [String] {
            switch self {
            case .drop, .double, .swap: [#"{"type":"chat""#]
            case .dropAct, .doubleAct, .swapAct, .retargetAct: [#"{"type":"chat""#, #","act":""#]
            case .misreadHistory: [#"{"type":"history""#]
            }
        }

        /// One of so many.
        fileprivate var every: Int {
            switch self {
            case .drop, .double, .swap: 50
            case .dropAct, .doubleAct, .swapAct, .retargetAct: 10
            case .misreadHistory: 1
            }
        }
    }

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
        private var seen: Int
        private var held: ByteBuffer?

        init(_ fault: Fault, after seen: Int) {
            self.fault = fault
            self.seen = seen
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
            let text = String(buffer: frame)
            guard fault.marks.allSatisfy({ text.contains($0) }) else {
                return text.contains(fault.marks[0]) ? passWithHeld(frame, context) : pass(frame, context)
            }
            seen += 1
            guard seen.isMultiple(of: fault.every) else { return passWithHeld(frame, context) }
            switch fault {
            case .drop, .dropAct: return
            case .double, .doubleAct:
                pass(frame, context)
                passWithHeld(frame, context)
            case .swap, .swapAct:
                pass(held, context)
                held = frame
            case .retargetAct: pass(frame.withOtherID(of: "target"), context)
            case .misreadHistory: pass(frame.withOtherID(of: "edited"), context)
            }
        }

        private func passWithHeld(_ frame: ByteBuffer, _ context: ChannelHandlerContext) {
            pass(frame, context)
            pass(held, context)
            held = nil
        }

        private func pass(_ frame: ByteBuffer?, _ context: ChannelHandlerContext) {
            if let frame { context.fireChannelRead(wrapInboundOut(frame)) }
        }
    }
}

extension ByteBuffer {
    /// With another first digit in the first id of that name, if there is one.
    fileprivate func withOtherID(of name: String) -> ByteBuffer {
        guard let place = readableBytesView.firstRange(of: Array(#""\#(name)":""#.utf8))?.upperBound,
            let digit: UInt8 = getInteger(at: place)
        else { return self }
        var changed = self
        changed.setInteger(digit == UInt8(ascii: "9") ? UInt8(ascii: "1") : digit + 1, at: place)
        return changed
    }
}
