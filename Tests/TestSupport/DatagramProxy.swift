import NIOCore
import NIOPosix

/// Gossip's network between nodes, made bad: each node's datagrams reach the others through a socket that they take for
/// the node's own. What the firewall of a `NodeNetwork` does not do: doubled, damaged, late and repeated datagrams.
///
/// ```
///   n1 on 127.0.1.1 ──▶ 127.0.2.2 ┤proxy├ 127.0.2.1 ──▶ n2 on 127.0.1.2
/// ```
///
/// Pinned to one event loop, on which all its sockets live. Linux only: there all of 127.0.0.0/8 is the loopback.
package actor DatagramProxy {
    /// What befalls datagrams, each by a share from 0 to 1.
    package struct Conditions: Hashable, Sendable {
        package var doubled = 0.0
        /// One bit of it is another.
        package var damaged = 0.0
        /// Held back for up to 300 ms, so that others overtake it.
        package var late = 0.0

        package init(doubled: Double = 0, damaged: Double = 0, late: Double = 0) {
            self.doubled = doubled
            self.damaged = damaged
            self.late = late
        }
    }

    /// What befell them.
    package struct Counts: Hashable, Sendable {
        package fileprivate(set) var received = 0
        package fileprivate(set) var doubled = 0
        package fileprivate(set) var damaged = 0
        package fileprivate(set) var late = 0
        package fileprivate(set) var repeated = 0
    }

    private struct Passage {
        var bytes: [UInt8]
        let sender: Int
        let receiver: Int
    }

    /// Beyond so many, nothing more is recorded.
    private static let recordLimit = 5_000
    private static let longestDelay: Int64 = 300

    package nonisolated let unownedExecutor: UnownedSerialExecutor
    package private(set) var counts = Counts()
    private nonisolated let eventLoop: any EventLoop
    private nonisolated let sockets: [any Channel]
    private var random: SeededGenerator
    private var conditions = Conditions()
    private var record: [Passage] = []

    package static func start(nodes count: Int, seed: UInt64) async throws -> DatagramProxy {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        var sockets: [any Channel] = []
        for node in 0..<count {
            sockets.append(
                try await DatagramBootstrap(group: eventLoop).bind(host: "127.0.2.\(node + 1)", port: 0).get())
        }
        let proxy = DatagramProxy(sockets, on: eventLoop, seed: seed)
        try await proxy.listen()
        return proxy
    }

    private init(_ sockets: [any Channel], on eventLoop: any EventLoop, seed: UInt64) {
        self.sockets = sockets
        self.eventLoop = eventLoop
        unownedExecutor = eventLoop.executor.asUnownedSerialExecutor()
        random = SeededGenerator(seed: seed)
    }

    private func listen() throws {
        for (node, socket) in sockets.enumerated() {
            try socket.pipeline.syncOperations.addHandler(DatagramProxyHandler(of: self, node: node))
        }
    }

    package func stop() {
        for socket in sockets { socket.close(promise: nil) }
    }

    /// Where a node, counted from 0, has to listen: its own address, and the port of its proxy.
    package nonisolated func host(of node: Int) -> String { "127.0.1.\(node + 1)" }
    package nonisolated func port(of node: Int) -> Int { sockets[node].localAddress?.port ?? 0 }
    /// What the others have to take for its address.
    package nonisolated func advertisedHost(of node: Int) -> String { "127.0.2.\(node + 1)" }

    // MARK: - Faults

    package func set(_ conditions: Conditions) { self.conditions = conditions }

    /// How many have come for that node.
    package func recorded(for receiver: Int) -> Int { record.count { $0.receiver == receiver } }

    /// Sends these of them once more, as they came. No more than fifty before they are read: a socket that nobody reads
    /// holds less than twice as many.
    package func repeatRecorded(_ range: Range<Int>, to receiver: Int) {
        for passage in record.filter({ $0.receiver == receiver })[range] {
            counts.repeated += 1
            pass(passage)
        }
    }

    // MARK: - Datagrams

    func received(_ bytes: [UInt8], from source: String?, for receiver: Int) {
        guard let sender = sockets.indices.first(where: { host(of: $0) == source }) else { return }
        var passage = Passage(bytes: bytes, sender: sender, receiver: receiver)
        counts.received += 1
        if record.count < Self.recordLimit { record.append(passage) }
        if happens(conditions.damaged), let index = bytes.indices.randomElement(using: &random) {
            counts.damaged += 1
            passage.bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        }
        passOnTimeOrLate(passage)
        if happens(conditions.doubled) {
            counts.doubled += 1
            passOnTimeOrLate(passage)
        }
    }

    private func passOnTimeOrLate(_ passage: Passage) {
        guard happens(conditions.late) else { return pass(passage) }
        counts.late += 1
        eventLoop.scheduleTask(in: .milliseconds(.random(in: 1...Self.longestDelay, using: &random))) {
            self.assumeIsolated { $0.pass(passage) }
        }
    }

    /// Leaves by the sender's socket: that is the address by which the receiver knows it.
    private func pass(_ passage: Passage) {
        guard let target = try? SocketAddress(ipAddress: host(of: passage.receiver), port: port(of: passage.receiver))
        else { return }
        let envelope = AddressedEnvelope(remoteAddress: target, data: ByteBuffer(bytes: passage.bytes))
        sockets[passage.sender].writeAndFlush(envelope, promise: nil)
    }

    private func happens(_ share: Double) -> Bool { share > 0 && Double.random(in: 0..<1, using: &random) < share }
}

/// What arrives for one node.
private final class DatagramProxyHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let proxy: DatagramProxy
    private let node: Int

    init(of proxy: DatagramProxy, node: Int) {
        self.proxy = proxy
        self.node = node
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let (bytes, source) = (Array(envelope.data.readableBytesView), envelope.remoteAddress.ipAddress)
        proxy.assumeIsolated { [node] in $0.received(bytes, from: source, for: node) }
    }

    /// Such as "port unreachable" while a node is away.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

/// Gives `body` nodes that gossip through a proxy, and meet in a Redis of their own.
package func withDatagramProxy<Result>(
    _ count: Int, seed: UInt64, _ body: (DatagramProxy, [NodeProcess]) async throws -> Result
) async throws -> Result {
    let proxy = try await DatagramProxy.start(nodes: count, seed: seed)
    defer { Task { await proxy.stop() } }
    return try await withRedisServer { redis in
        let nodes = try (0..<count).map { node in
            try NodeProcess(
                name: "n\(node + 1)", host: proxy.host(of: node),
                environment: [
                    "REDIS_URL": redis.url, "ADVERTISE_HOST": proxy.advertisedHost(of: node),
                    "GOSSIP_PORT": "\(proxy.port(of: node))",
                ])
        }
        return try await withNodes(nodes) { try await body(proxy, $0) }
    }
}
