import Actors
import ChatModel
import CoreMetrics
import Embedded
import Logging
import NIOCore
import NIOPosix
import NIOWebSocket
import Sealing
import Synchronization
import WebEdge

/// A node's sockets without the HTTP edge before them: real channels on a free port, the real rooms in memory behind.
struct SocketServer: Sendable {
    let registry: SocketRegistry
    /// Kept alive: the relay does not.
    private let rooms: RoomDirectory
    private let metrics: PrometheusFactory
    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel

    /// Runs `body` with a server, and stops the server whatever happens.
    static func run(
        _ mode: JoinRequest.Mode = .v1, tokens: TestTokens = TestTokens(), access: Access? = nil,
        mostRooms: Int? = nil, configure: (inout SocketConfiguration) -> Void = { _ in },
        _ body: (SocketServer) async throws -> Void
    ) async throws {
        var configuration = SocketConfiguration()
        configure(&configuration)
        let server = try await start(mode, tokens, access, mostRooms, configuration)
        do {
            try await body(server)
        } catch {
            try await server.stop()
            throw error
        }
        try await server.stop()
    }

    /// Connects a client that speaks WebSocket frames, without the HTTP upgrade.
    func connect() async throws -> SocketClient {
        guard let address = channel.localAddress else { throw ChannelError.unknownLocalAddress }
        return try await SocketClient.connect(to: address, on: group)
    }

    /// A client that has said hello.
    func guest(token: String? = nil, name: String? = nil) async throws -> SocketClient {
        let client = try await connect()
        _ = try await client.hello(token: token, name: name)
        return client
    }

    /// The sample lines of `/metrics` that begin with this.
    func metric(_ prefix: String) -> [Substring] {
        String(buffer: metrics.render()).split(separator: "\n").filter { $0.hasPrefix(prefix) }
    }

    private func stop() async throws {
        try await channel.close().get()
        try await group.shutdownGracefully()
    }

    private static func start(
        _ mode: JoinRequest.Mode, _ tokens: TestTokens, _ access: Access?, _ mostRooms: Int?,
        _ configuration: SocketConfiguration
    ) async throws -> SocketServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let loops = Array(group.makeIterator())
        let metrics = PrometheusFactory(EdgeMetrics.descriptions, ActorsMetrics.descriptions, version: "test")
        let edgeMetrics = EdgeMetrics(factory: metrics)
        let rooms = RoomDirectory.inMemory(on: loops, mostRooms: mostRooms, metrics: metrics)
        let users = UserTable(rate: configuration.rate, metrics: edgeMetrics)
        rooms.onNews { users.tell($0, $1, on: "node") }
        let registry = SocketRegistry(eventLoops: loops, turns: LoopTurns(of: group))
        let secret = Array("a secret of at least 32 bytes, for tests".utf8)
        let services = SocketServices(
            nodeName: "node", configuration: configuration, rooms: rooms, tokens: tokens,
            invitations: try InvitationSealer(secret: secret), links: try DeviceLinkSealer(secret: secret),
            access: access, users: users,
            addresses: AddressTable(configuration), registry: registry, metrics: edgeMetrics,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 64 * 1024, high: 128 * 1024))
            .childChannelOption(.socketOption(.so_sndbuf), value: 32 * 1024)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: 64 * 1024)))
                    let accepted = AcceptedSocket(
                        mode: mode, room: .lobby, client: .init(address: IPAddress("127.0.0.1")), channel: channel,
                        descriptor: try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable {
                            (socket: NIOBSDSocket.Handle) in socket
                        })
                    try channel.pipeline.syncOperations.addHandler(SocketHandler(accepted, services: services))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return SocketServer(registry: registry, rooms: rooms, metrics: metrics, group: group, channel: channel)
    }
}

extension RoomDirectory {
    /// The rooms of a standalone node.
    static func inMemory(
        on loops: [any EventLoop], mostRooms: Int? = nil, metrics: PrometheusFactory
    ) -> RoomDirectory {
        let node = NodeIncarnation(name: "node", generation: 1)
        var limits = RoomLimits()
        limits.mostRooms = mostRooms
        let store = EmbeddedBackend(node: node, limits: limits)
        let rooms = RoomDirectory(
            eventLoops: loops,
            services: RoomServices(
                backend: store.rooms(in: Alone(own: node)), limits: ActorsConfiguration(),
                metrics: ActorsMetrics(factory: metrics),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        store.attach(rooms)
        return rooms
    }
}

/// Tokens that anybody can read.
struct TestTokens: GuestTokens {
    var replacesUnknown = false

    func issue(to user: UserID) -> String { "token of \(user)" }

    func digest(of address: String, in room: RoomName) -> AddressDigest? { AddressDigest("\(address) in \(room)") }

    func open(_ token: String) -> UserID? {
        let prefix = "token of "
        return token.hasPrefix(prefix) ? UserID(String(token.dropFirst(prefix.count))) : nil
    }
}

private struct Alone: MembershipView {
    let own: NodeIncarnation
    var members: [ClusterMember] { [] }
    func isPresent(_ node: NodeIncarnation) -> Bool { node == own }
}
