import ChatModel
import ChatProtocol
import NIOCore
import NIOPosix
import NIOWebSocket
import Synchronization
import TestSupport

/// The other end of a socket: sends frames byte by byte as the test wants them, and remembers what comes.
struct SocketClient: Sendable {
    enum Event: Equatable, Sendable {
        case text(String)
        case ping
        case pong(String)
        case close(UInt16)
        /// The connection is gone.
        case end
    }

    private let channel: any Channel
    private let inbox: Inbox

    static func connect(to address: SocketAddress, on group: any EventLoopGroup) async throws -> SocketClient {
        let inbox = Inbox()
        let channel = try await ClientBootstrap(group: group)
            .channelOption(.socketOption(.so_rcvbuf), value: 32 * 1024)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: 1024 * 1024)),
                        InboxHandler(inbox: inbox))
                }
            }
            .connect(to: address).get()
        return SocketClient(channel: channel, inbox: inbox)
    }

    // MARK: Sending

    func send(_ frame: ClientFrame) async throws {
        var payload = ByteBuffer()
        frame.encode(into: &payload)
        try await send(text: String(buffer: payload))
    }

    func send(text: String) async throws {
        try await send(bytes: Self.frame(0x81, Array(text.utf8)))
    }

    func send(bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    /// A frame from client to server. The mask is zero: the payload stays as it is.
    static func frame(_ firstByte: UInt8, _ payload: [UInt8]) -> [UInt8] {
        var bytes = [firstByte]
        if payload.count <= 125 {
            bytes.append(0x80 | UInt8(payload.count))
        } else if payload.count <= 65_535 {
            bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        } else {
            bytes.append(0x80 | 127)
            bytes += (0..<8).reversed().map { UInt8(payload.count >> ($0 * 8) & 0xFF) }
        }
        return bytes + [0, 0, 0, 0] + payload
    }

    func setReading(_ isReading: Bool) async throws {
        try await channel.setOption(.autoRead, value: isReading).get()
        if isReading { channel.read() }
    }

    /// Drops the connection without a word.
    func drop() async throws {
        try await channel.close().get()
    }

    // MARK: Receiving

    func next() async throws -> Event {
        var event: Event?
        try await eventually("another frame") {
            event = inbox.take()
            return event != nil
        }
        guard let event else { throw ChannelError.eof }
        return event
    }

    /// The next server frame that `select` wants; others are passed over.
    func next<Value>(_ what: String, _ select: (ServerFrame) -> Value?) async throws -> Value {
        while true {
            switch try await next() {
            case .text(let text):
                if let value = select(try ServerFrame(parsing: ByteBuffer(string: text))) { return value }
            case .ping, .pong: break
            case .close(let code): throw UnexpectedEnd(description: "closed with \(code), expected \(what)")
            case .end: throw UnexpectedEnd(description: "the connection ended, expected \(what)")
            }
        }
    }

    func nextError() async throws -> FrameError {
        try await next("error") { if case .error(let error) = $0 { error } else { nil } }
    }

    /// The code with which the server closes, whatever it says before.
    func closeCode() async throws -> UInt16 {
        while true {
            switch try await next() {
            case .close(let code): return code
            case .end: throw UnexpectedEnd(description: "the connection ended without a close frame")
            case .text, .ping, .pong: break
            }
        }
    }

    /// Says hello, and gives the answer.
    func hello(token: String? = nil, name: String? = nil) async throws -> ServerFrame.Welcome {
        try await send(.hello(token: token, name: name))
        return try await next("welcome") { if case .welcome(let welcome) = $0 { welcome } else { nil } }
    }

    func join(_ room: RoomName) async throws -> ServerFrame.Joined {
        try await send(.join(room: room, since: nil))
        return try await next("joined") { if case .joined(let joined) = $0 { joined } else { nil } }
    }
}

struct UnexpectedEnd: Error, CustomStringConvertible {
    let description: String
}

/// Events that have come and were not asked for yet.
private final class Inbox: Sendable {
    private let events = Mutex<[SocketClient.Event]>([])

    func append(_ event: SocketClient.Event) { events.withLock { $0.append(event) } }

    func take() -> SocketClient.Event? {
        events.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }
}

private final class InboxHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame

    private let inbox: Inbox

    init(inbox: Inbox) {
        self.inbox = inbox
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = Self.unwrapInboundIn(data)
        var payload = frame.data
        switch frame.opcode {
        case .text: inbox.append(.text(String(buffer: payload)))
        case .ping: inbox.append(.ping)
        case .pong: inbox.append(.pong(String(buffer: payload)))
        case .connectionClose: inbox.append(.close(payload.readInteger() ?? 0))
        default: inbox.append(.end)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        inbox.append(.end)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
