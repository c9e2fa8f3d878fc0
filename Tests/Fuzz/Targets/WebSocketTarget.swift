#if DEBUG
    import NIOCore
    import NIOEmbedded
    import NIOWebSocket

    @testable import WebEdge

    extension FuzzTarget {
        /// Frames of a client, through NIO's decoder into `FrameAssembler`, as in a socket's pipeline.
        static var webSocket: FuzzTarget {
            FuzzTarget(name: "websocket", seeds: WebSocketInput.seeds, maximumBytes: 512, parse: WebSocketInput.parse)
        }
    }

    private enum WebSocketInput {
        static let limit = 128

        static let seeds: [[UInt8]] = [
            frame(0x81, "hello"), frame(0x01, "a") + frame(0x00, "b") + frame(0x80, "c"), frame(0x89, "ping"),
            frame(0x8A, ""), frame(0x88, "\u{3}\u{68}"), frame(0x82, "binary"),
            frame(0x01, "\u{20AC}") + frame(0x89, "x"),
            frame(0x81, String(repeating: "x", count: 127)),
            [0x81, 0xFE, 0, 126, 1, 2, 3, 4] + Array(repeating: 7, count: 126),
            [0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6, 7],
            [0x81, 0xFF] + Array(repeating: 0xFF, count: 12),
        ]

        static func frame(_ first: UInt8, _ payload: String) -> [UInt8] {
            let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
            let bytes = payload.utf8.enumerated().map { $1 ^ mask[$0 % 4] }
            return [first, 0x80 | UInt8(bytes.count)] + mask + bytes
        }

        static func parse(_ input: [UInt8]) throws -> Int {
            let actions = actions([input[...]])
            let size = 1 + input.count % 5
            try expect(Self.actions(input.pieces(of: size)) == actions, "other messages in pieces of \(size) bytes")
            var bytes = 0
            for action in actions {
                switch action {
                case .text(let payload):
                    try expect(
                        String(validating: payload.readableBytesView, as: UTF8.self) != nil, "a text is no UTF-8")
                    try expect(payload.readableBytes <= limit, "a message of \(payload.readableBytes) bytes")
                    bytes += payload.readableBytes
                case .pong(let payload):
                    try expect(payload.readableBytes <= 125, "a pong of \(payload.readableBytes) bytes")
                    bytes += payload.readableBytes
                case .binary: throw Finding("binary frames are not accepted")
                default: break
                }
            }
            try expect(bytes <= input.count, "\(bytes) bytes of \(input.count)")
            return outcome(actions.prefix(6).map(kind))
        }

        static func actions(_ pieces: [ArraySlice<UInt8>]) -> [FrameAssembler.Action] {
            let assembling = Assembling(FrameAssembler(limits: .init(messageBytes: limit)))
            let channel = EmbeddedChannel()
            defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
            do {
                let decoder = ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: limit))
                try channel.pipeline.syncOperations.addHandlers(decoder, assembling)
                for piece in pieces { try channel.writeInbound(ByteBuffer(bytes: piece)) }
            } catch {
                // What the decoder refuses; its answer is its own.
            }
            return assembling.actions
        }

        static func kind(_ action: FrameAssembler.Action) -> String {
            switch action {
            case .text(let payload): "text \(magnitude(payload.readableBytes))"
            case .pong(let payload): "pong \(magnitude(payload.readableBytes))"
            default: "\(action)"
            }
        }
    }

    /// Goes on until the assembler has ended the connection.
    private final class Assembling: ChannelInboundHandler {
        typealias InboundIn = WebSocketFrame

        private var assembler: FrameAssembler
        private(set) var actions: [FrameAssembler.Action] = []
        private var isOver = false

        init(_ assembler: FrameAssembler) { self.assembler = assembler }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !isOver else { return }
            let action = assembler.receive(Self.unwrapInboundIn(data))
            actions.append(action)
            switch action {
            case .closed, .fail: isOver = true
            default: break
            }
        }
    }
#endif
