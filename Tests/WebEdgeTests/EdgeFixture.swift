import Actors
import ChatModel
import Embedded
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Operations
import ServiceLifecycle
import Supervision
import Synchronization
import TestSupport

@testable import WebEdge

/// An edge on a free port, with a room log that is written by the test, sockets that echo, and no node behind it.
struct EdgeFixture {
    let port: Int
    let metrics: PrometheusFactory
    let sockets: EchoSockets
    private let group: ServiceGroup

    /// With one child, which has failed once.
    private static var supervision: SupervisionTree {
        struct Away: Error, CustomStringConvertible { let description = "away" }
        let tree = SupervisionTree()
        let failure = SupervisionEvent.Kind.failed(cause: Away(), decision: .restart(after: .seconds(60)))
        for kind in [.started, failure] {
            tree.record(SupervisionEvent(supervisor: "node", child: "link", at: .now, kind: kind))
        }
        return tree
    }

    static func run(
        log: FixedLog = FixedLog(messages: []), store: EmbeddedBackend? = nil, sockets: EchoSockets = EchoSockets(),
        membership: FixedMembership = FixedMembership(), readiness: [any ReadinessCheck] = [],
        access: Access? = nil, limits: SocketConfiguration = SocketConfiguration(), files: FileServices? = nil,
        sabotaged: RoomDirectory? = nil,
        logger: Logger = quiet,
        configure: (inout EdgeConfiguration) -> Void = { _ in },
        _ body: @Sendable (EdgeFixture) async throws -> Void
    ) async throws {
        let directory = try StaticDirectory()
        var configuration = EdgeConfiguration(staticDirectory: directory.path)
        configuration.host = "127.0.0.1"
        configuration.port = 0
        configuration.drainGrace = .zero
        configuration.drainLimit = .seconds(5)
        configure(&configuration)

        let factory = PrometheusFactory(EdgeMetrics.descriptions, version: "1")
        let (ports, bound) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingOldest(1))
        let edge = try EdgeService(
            configuration: configuration,
            sources: EdgeSources(
                backend: .embedded(log: log, store: store, membership: membership, readiness: readiness),
                relay: .standalone,
                supervision: Self.supervision, access: access, addresses: AddressTable(limits), files: files,
                sabotaged: sabotaged, metrics: factory),
            guests: TestTokens(), metrics: EdgeMetrics(factory: factory), group: MultiThreadedEventLoopGroup.singleton,
            turns: LoopTurns(of: MultiThreadedEventLoopGroup.singleton),
            makeHandler: sockets.accept, closeSockets: sockets.close(atMost:patience:), onBound: { bound.yield($0) },
            logger: logger)
        let group = ServiceGroup(configuration: .init(services: [edge], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { bound.finish() }
                try await group.run()
            }
            if let port = await ports.first(where: { _ in true }) {
                do {
                    try await body(EdgeFixture(port: port, metrics: factory, sockets: sockets, group: group))
                } catch {
                    await group.triggerGracefulShutdown()
                    throw error
                }
                await group.triggerGracefulShutdown()
            }
            try await tasks.waitForAll()
        }
    }

    func shutDown() async { await group.triggerGracefulShutdown() }

    /// - text: sent at once.
    /// - marker: waited for.
    func connect(
        tls: NIOSSLContext? = nil, sending text: String = "", frame: String? = nil, until marker: String? = nil
    ) async throws -> RawClient {
        let client = try await RawClient(port: port, tls: tls)
        if !text.isEmpty { client.send(text, frame: frame) }
        if let marker { _ = try await client.until(marker) }
        return client
    }

    /// Sends a request on a connection of its own and waits for its end.
    func exchange(_ request: String) async throws -> HTTPAnswer {
        try await HTTPAnswer(connect(sending: request).untilClosed())
    }

    func get(_ path: String, _ headers: String..., method: String = "GET") async throws -> HTTPAnswer {
        let lines = ["\(method) \(path) HTTP/1.1", "Host: localhost", "Connection: close"] + headers
        return try await exchange(lines.map { $0 + "\r\n" }.joined() + "\r\n")
    }

    /// A handshake that is accepted, but for what is changed.
    static func handshake(
        _ path: String = "/ws", method: String = "GET", key: String? = "dGhlIHNhbXBsZSBub25jZQ==",
        version: String? = "13", _ headers: String...
    ) -> String {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: localhost", "Connection: Upgrade", "Upgrade: websocket"]
        if let key { lines.append("Sec-WebSocket-Key: \(key)") }
        if let version { lines.append("Sec-WebSocket-Version: \(version)") }
        return (lines + headers).map { $0 + "\r\n" }.joined() + "\r\n"
    }

    private static let quiet: Logger = {
        var logger = Logger(label: "edge")
        logger.logLevel = .critical
        return logger
    }()
}

/// A TCP connection that keeps all it hears.
final class RawClient: Sendable {
    private let channel: any Channel
    private let heard: Heard

    init(port: Int, tls: NIOSSLContext? = nil) async throws {
        let heard = Heard()
        self.heard = heard
        self.channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let handler = try NIOSSLClientHandler(context: tls, serverHostname: "localhost")
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    try channel.pipeline.syncOperations.addHandler(heard)
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    var text: String { heard.bytes.withLock { String(buffer: $0) } }

    /// - `frame`: the text of a WebSocket frame that follows at once, masked with zeros.
    func send(_ text: String, frame: String? = nil) {
        var bytes = ByteBuffer(string: text)
        if let frame {
            precondition(frame.utf8.count < 126)
            bytes.writeBytes([0x81, 0x80 | UInt8(frame.utf8.count), 0, 0, 0, 0])
            bytes.writeString(frame)
        }
        channel.writeAndFlush(bytes, promise: nil)
    }

    func until(_ marker: String) async throws -> String {
        try await eventually("\(marker) is heard", state: { text }) { text.contains(marker) }
        return text
    }

    func until(_ marker: String, or other: String) async throws -> String {
        try await eventually("\(marker) or \(other) is heard", state: { text }) {
            text.contains(marker) || text.contains(other)
        }
        return text
    }

    func untilClosed() async throws -> String {
        try await eventually("the server closes", state: { text }) { !channel.isActive }
        return text
    }

    var isOpen: Bool { channel.isActive }

    func stopReading() async throws { try await channel.setOption(.autoRead, value: false).get() }

    func readOnce() { channel.read() }

    func close() async { try? await channel.close() }

    private final class Heard: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let bytes = Mutex(ByteBuffer())

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let read = Self.unwrapInboundIn(data)
            bytes.withLock { _ = $0.writeImmutableBuffer(read) }
        }
    }
}

/// Sockets that send back each frame. Their pipelines are looked at by the tests.
final class EchoSockets: Sendable {
    /// Whether they end when the node drains, or stay until the test ends them.
    private let obedient: Bool
    private let all = Mutex<[AcceptedSocket]>([])

    init(obedient: Bool = true) { self.obedient = obedient }

    var accepted: [AcceptedSocket] { all.withLock { $0 } }

    func accept(_ socket: AcceptedSocket) -> any ChannelHandler {
        all.withLock { $0.append(socket) }
        return Echo()
    }

    func close(atMost limit: Int, patience: TimeAmount) async -> Int {
        let chosen = all.withLock { all in
            let count = min(limit, all.count)
            defer { all.removeFirst(count) }
            return all.prefix(count)
        }
        // One may have ended by itself meanwhile.
        for socket in chosen where obedient { try? await socket.channel.close() }
        return chosen.count
    }

    private final class Echo: ChannelInboundHandler {
        typealias InboundIn = WebSocketFrame
        typealias OutboundOut = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let payload = Self.unwrapInboundIn(data).unmaskedData
            var frame = ByteBuffer(bytes: [0x81, UInt8(payload.readableBytes)])
            frame.writeImmutableBuffer(payload)
            context.writeAndFlush(Self.wrapOutboundOut(frame), promise: nil)
        }
    }
}

/// A log of one room, `lobby`, that reads as the real ones do; `den` cannot be read.
struct FixedLog: RoomLog, RoomIndex {
    let messages: [ChatMessage]
    var pageLength = LogPage.maximumMessages
    /// For whom was read, one for each page.
    let readers = Journal<LogReader>()

    func read(
        _ range: LogRange, of room: RoomName, for reader: LogReader, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<LogPage, RelayError>) -> Void
    ) {
        readers.add(reader)
        guard room == .lobby, case .forward(let after, _, let limit) = range else {
            completion(.failure(RelayError(.unavailable, "no answer")))
            return
        }
        let found = messages.filter { $0.id > after }
        let page = Array(found.prefix(min(limit, pageLength)))
        completion(
            .success(LogPage(head: .empty, messages: page, more: page.count < found.count, reached: page.last?.id)))
    }

    func recentRooms(limit: Int) async throws -> [RoomActivity] { [RoomActivity(room: .lobby, lastActivity: 7)] }

    func isFull(for room: RoomName, on eventLoop: any EventLoop) -> Bool { false }
}

/// A page with a script, and a file beside its directory that must never be served.
private struct StaticDirectory {
    private let parent = TemporaryDirectory()
    var path: String { "\(parent.path)/frontend" }

    init() throws {
        for (name, text) in [
            ("frontend/index.html", "<!doctype html><title>page</title>"), ("frontend/js/main.js", "export {};"),
            ("frontend/cluster.html", "<!doctype html><title>cluster</title>"), ("frontend/style.css", "a{}"),
            ("frontend/worker.js", "// worker"), ("frontend/.hidden", "hidden"), ("secret.txt", "secret"),
        ] {
            try parent.write(text, to: name)
        }
    }
}

extension RoomBackend {
    /// Of a standalone node, but for its log.
    /// - `store`: `nil`: an empty one.
    static func embedded(
        log: any RoomLog & RoomIndex, store: EmbeddedBackend? = nil, membership: any MembershipView,
        readiness: [any ReadinessCheck] = []
    ) -> RoomBackend {
        let store = store ?? EmbeddedBackend(node: membership.own)
        return RoomBackend(
            relay: store, log: log, presence: store, index: log, userRooms: store, devices: store.devices,
            pushes: store.pushes, administration: store, addressBans: store, files: store, journeys: store,
            membership: membership, readiness: readiness,
            status: { RelayStatus(kind: .memory, connected: true) })
    }
}

extension RelayWatch {
    static var standalone: RelayWatch {
        RelayWatch(status: { RelayStatus(kind: .memory, connected: true) }, topology: { nil }, tell: { _ in })
    }
}
