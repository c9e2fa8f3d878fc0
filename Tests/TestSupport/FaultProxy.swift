import Foundation
package import NIOCore
import NIOPosix

/// A network link that can be made bad: a TCP proxy from a port of its own to a server's port, on the loopback.
///
/// ```
///   client ── toServer ──▶ ┌───────┐ ── toServer ──▶ server
///          ◀─ toClient ─── │ proxy │ ◀─ toClient ───
///                          └───────┘
/// ```
///
/// Pinned to one event loop, on which all its connections live. What a connection may hold is bounded: when its way is
/// stopped or slow, the sender feels it, as it would on a real link.
package actor FaultProxy {
    package enum Way: CaseIterable, Sendable { case toServer, toClient }

    /// What happens to the bytes of one way, on all connections together: they share the link.
    package struct Conditions: Hashable, Sendable {
        package var delay: TimeAmount = .zero
        /// `nil`: as fast as it goes.
        package var bytesPerSecond: Int?
        /// Nothing passes and nothing is closed: half open. What was held back passes when it ends.
        package var isStopped = false

        package static let healthy = Conditions()

        package init(delay: TimeAmount = .zero, bytesPerSecond: Int? = nil, isStopped: Bool = false) {
            self.delay = delay
            self.bytesPerSecond = bytesPerSecond
            self.isStopped = isStopped
        }
    }

    package nonisolated let port: Int
    package nonisolated let unownedExecutor: UnownedSerialExecutor
    private let eventLoop: any EventLoop
    private var target: Int
    private var conditions: [Way: Conditions] = [:]
    /// When the throttled link of a way has room for the next bytes.
    private var freeAt: [Way: NIODeadline] = [:]
    private var refuses = false
    private var listener: (any Channel)?
    private var pumps: [ObjectIdentifier: FaultProxyPump] = [:]

    /// - Parameter target: the server's port.
    package static func start(to target: Int) async throws -> FaultProxy {
        let proxy = FaultProxy(port: try freePort(), target: target)
        try await proxy.listen()
        return proxy
    }

    private init(port: Int, target: Int) {
        self.port = port
        self.target = target
        eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        unownedExecutor = eventLoop.executor.asUnownedSerialExecutor()
    }

    /// Ends the proxy and every connection.
    package func stop() {
        listener?.close(promise: nil)
        listener = nil
        cut()
    }

    // MARK: - Faults

    package func set(_ conditions: Conditions, _ ways: Way...) {
        for way in ways.isEmpty ? Way.allCases : ways {
            self.conditions[way] = conditions
            freeAt[way] = nil
        }
        for pump in pumps.values { pump.pump() }
    }

    /// Ends every connection with a reset.
    package func cut() {
        for pump in pumps.values { pump.reset() }
    }

    /// New connections are reset at once, until `heal`. Those that stand are left alone.
    package func refuse() { refuses = true }

    /// From here on new connections go to another server.
    package func point(to target: Int) { self.target = target }

    /// Ends every fault.
    package func heal() {
        refuses = false
        set(.healthy)
    }

    /// How many connections stand.
    package var connections: Int { pumps.count / 2 }

    // MARK: - Connections

    private func listen() async throws {
        listener = try await ServerBootstrap(group: eventLoop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { client in
                self.assumeIsolated { $0.accepted(client) }
                return client.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: port).get()
    }

    private func accepted(_ client: any Channel) {
        guard !refuses else { return client.reset() }
        ClientBootstrap(group: eventLoop)
            .channelOption(.autoRead, value: false)
            .connect(host: "127.0.0.1", port: target)
            .whenComplete { result in
                self.assumeIsolated { proxy in
                    switch result {
                    case .success(let server) where client.isActive: proxy.tie(client, server)
                    case .success(let server): server.reset()
                    case .failure: client.reset()
                    }
                }
            }
    }

    private func tie(_ client: any Channel, _ server: any Channel) {
        for (way, source, sink) in [(Way.toServer, client, server), (.toClient, server, client)] {
            let pump = FaultProxyPump(way, from: source, to: sink, of: self)
            pumps[ObjectIdentifier(pump)] = pump
            do {
                try source.pipeline.syncOperations.addHandler(pump)
            } catch {
                client.reset()
                server.reset()
            }
        }
        client.read()
        server.read()
    }

    // MARK: - For the pumps

    func conditions(of way: Way) -> Conditions { conditions[way] ?? .healthy }

    /// How many of `bytes` may pass now on a throttled way, or when to ask again.
    func admit(_ bytes: Int, on way: Way, now: NIODeadline) -> Admission {
        guard let rate = conditions(of: way).bytesPerSecond else { return .pass(bytes) }
        if let freeAt = freeAt[way], freeAt > now { return .wait(until: freeAt) }
        // In slices of a 20th of a second, so that connections take turns.
        let slice = min(bytes, max(1, rate / 20))
        freeAt[way] = now + .nanoseconds(Int64(slice) * 1_000_000_000 / Int64(max(1, rate)))
        return .pass(slice)
    }

    enum Admission {
        case pass(Int)
        case wait(until: NIODeadline)
    }

    /// A channel can be written to again.
    func wake() {
        for pump in pumps.values { pump.pump() }
    }

    func ended(_ pump: ObjectIdentifier) { pumps[pump] = nil }
}

extension Channel {
    /// Ends the connection with RST.
    func reset() {
        // Fails when the channel has closed already, which is as good.
        if let socket = self as? any SocketOptionProvider {
            socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in self.close(promise: nil) }
        } else {
            close(promise: nil)
        }
    }
}
