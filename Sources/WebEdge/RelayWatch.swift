package import ChatModel
import ServiceLifecycle
import Synchronization

/// Watches whether this node can accept messages. Sends every change to all sockets (`status` in `docs/protocol.md`)
/// and records it for `/cluster`, together with what happens to the servers behind the relay.
///
/// One per node; `run` checks four times a second. Safe from any thread.
package final class RelayWatch: Service {
    package struct Event: Hashable, Sendable {
        /// Milliseconds since 1970.
        package let at: Int64
        /// Why messages cannot be accepted since then; `nil`: they can.
        package let trouble: String?
    }

    private struct State {
        var trouble: String?
        /// Since when the actual state differs from the one sent to clients.
        var differsSince: ContinuousClock.Instant?
        var events: [Event] = []
        var servers = RelayServers()
    }

    /// Shorter interruptions are not reported, such as a connection that was lost and restored at once.
    static let patience = Duration.seconds(1)
    private static let glance = Duration.milliseconds(250)
    static let remembered = 20

    private let status: @Sendable () -> RelayStatus
    private let topology: @Sendable () -> RelayTopology?
    private let tell: @Sendable (_ writable: Bool) -> Void
    private let state = Mutex(State())

    /// - `tell`: `SocketRegistry.sendStatus`.
    package init(
        status: @escaping @Sendable () -> RelayStatus, topology: @escaping @Sendable () -> RelayTopology?,
        tell: @escaping @Sendable (_ writable: Bool) -> Void
    ) {
        self.status = status
        self.topology = topology
        self.tell = tell
    }

    /// Whether messages can be accepted, as last sent to clients.
    package var isWritable: Bool { state.withLock { $0.trouble == nil } }

    /// Oldest first.
    package var events: [Event] { state.withLock { $0.events } }

    /// Oldest first.
    var serverEvents: [RelayServers.Event] { state.withLock { $0.servers.events } }

    package func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                self.look(now: .now)
                // Cancelled on shutdown.
                try? await Task.sleep(for: Self.glance)
            }
        }
    }

    func look(now: ContinuousClock.Instant) {
        if let topology = topology() {
            state.withLock {
                $0.servers.look(topology, now: now, at: WallClock.milliseconds(), patience: Self.patience)
            }
        }
        let trouble = status().trouble
        let writable: Bool? = state.withLock { state in
            guard (trouble == nil) != (state.trouble == nil) else {
                state.differsSince = nil
                return nil
            }
            let since = state.differsSince ?? now
            state.differsSince = since
            // Recovery is reported at once.
            guard trouble == nil || now - since >= Self.patience else { return nil }
            state.trouble = trouble
            state.differsSince = nil
            state.events =
                state.events.suffix(Self.remembered - 1) + [
                    Event(at: WallClock.milliseconds(), trouble: trouble)
                ]
            return trouble == nil
        }
        if let writable { tell(writable) }
    }
}
