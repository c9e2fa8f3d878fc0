import ChatClient
import ChatProtocol
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Synchronization

/// A WebSocket server on the loopback that answers each text frame as its script says, and remembers what it got.
final class ScriptedServer: Sendable {
    struct Seen: Sendable {
        var texts: [String] = []
        var connections = 0
        var closeCodes: [UInt16] = []
        /// Frames without a mask: a client must not send such (RFC 6455, 5.1).
        var unmasked = 0
    }

    /// What to answer to a text frame.
    private let script: @Sendable (String) -> [ServerFrame]
    private let record = Mutex(Seen())
    private let listener = Mutex<(any Channel)?>(nil)

    private init(script: @escaping @Sendable (String) -> [ServerFrame]) {
        self.script = script
    }

    var seen: Seen { record.withLock { $0 } }

    var url: WebSocketURL {
        let port = listener.withLock { $0?.localAddress?.port }
        return WebSocketURL(host: "127.0.0.1", port: port ?? 0)
    }

    /// Gives `body` a server that ends with it. `accepts`: false: every upgrade is refused.
    static func run(
        accepts: Bool = true, script: @escaping @Sendable (String) -> [ServerFrame],
        _ body: (ScriptedServer) async throws -> Void
    ) async throws {
        let server = ScriptedServer(script: script)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { server.configure($0, accepts: accepts) }
            .bind(host: "127.0.0.1", port: 0).get()
        server.listener.withLock { $0 = channel }
        defer { channel.close(promise: nil) }
        try await body(server)
    }

    private func configure(_ channel: any Channel, accepts: Bool) -> EventLoopFuture<Void> {
        guard accepts else { return channel.pipeline.addHandler(RefusingHandler()) }
        let upgrader = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, head in
                let offered = head.headers[canonicalForm: "Sec-WebSocket-Protocol"].contains("webchat.v1")
                let answer: HTTPHeaders? = offered ? ["Sec-WebSocket-Protocol": "webchat.v1"] : nil
                return channel.eventLoop.makeSucceededFuture(answer)
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    self.record.withLock { $0.connections += 1 }
                    try channel.pipeline.syncOperations.addHandler(Handler(server: self))
                }
            })
        return channel.pipeline.configureHTTPServerPipeline(
            withServerUpgrade: (upgraders: [upgrader], completionHandler: { _ in }))
    }

    private final class RefusingHandler: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let response = ByteBuffer(string: "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
            context.writeAndFlush(wrapOutboundOut(response), promise: nil)
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = WebSocketFrame
        typealias OutboundOut = WebSocketFrame

        private let server: ScriptedServer

        init(server: ScriptedServer) {
            self.server = server
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let frame = unwrapInboundIn(data)
            var payload = frame.unmaskedData
            server.record.withLock { $0.unmasked += frame.maskKey == nil ? 1 : 0 }
            switch frame.opcode {
            case .text:
                let text = String(buffer: payload)
                server.record.withLock { $0.texts.append(text) }
                for answer in server.script(text) {
                    var buffer = ByteBuffer()
                    answer.encode(into: &buffer)
                    let frame = WebSocketFrame(fin: true, opcode: .text, data: buffer)
                    context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
                }
            case .connectionClose:
                if let code = payload.readInteger(as: UInt16.self) {
                    server.record.withLock { $0.closeCodes.append(code) }
                }
                context.close(promise: nil)
            default:
                break
            }
        }
    }
}
