package import ServiceLifecycle

/// A service that a `Supervisor` keeps running.
package struct SupervisedChild: Sendable {
    /// What it means when `run()` returns (OTP's restart types).
    package enum Lifetime: Hashable, Sendable {
        /// A failure like any other: it is restarted.
        case permanent
        /// Its work is done.
        case transient
    }

    /// How to stop it.
    package enum Shutdown: Hashable, Sendable {
        /// It handles graceful shutdown itself (`withGracefulShutdownHandler` and the like), and returns.
        case graceful
        /// The supervisor cancels its task.
        case cancel
    }

    package let name: String
    package let policy: RestartPolicy
    package let lifetime: Lifetime
    package let shutdown: Shutdown
    /// Whether no restart can repair that error: then the supervisor fails at once, whatever the policy.
    package let isBeyondRepair: @Sendable (any Error) -> Bool
    /// Whether it talks to something outside of this process and fails while that is away: its restarts are counted apart,
    /// as reconnections.
    package let isConnection: Bool
    /// Whether it logs its own failures and recoveries; the supervisor then logs them only at `debug`.
    package let reportsFailures: Bool
    /// Called for each start.
    package let run: @Sendable () async throws -> Void

    package init(
        _ name: String, policy: RestartPolicy, lifetime: Lifetime = .permanent, shutdown: Shutdown = .graceful,
        isBeyondRepair: @escaping @Sendable (any Error) -> Bool = { _ in false }, isConnection: Bool = false,
        reportsFailures: Bool = false, run: @escaping @Sendable () async throws -> Void
    ) {
        self.name = name
        self.isBeyondRepair = isBeyondRepair
        self.isConnection = isConnection
        self.reportsFailures = reportsFailures
        self.policy = policy
        self.lifetime = lifetime
        self.shutdown = shutdown
        self.run = run
    }

    /// - `service`: its `run()` must support being called again after it has thrown.
    package init(
        _ name: String, policy: RestartPolicy, lifetime: Lifetime = .permanent, shutdown: Shutdown = .graceful,
        isBeyondRepair: @escaping @Sendable (any Error) -> Bool = { _ in false }, isConnection: Bool = false,
        reportsFailures: Bool = false, service: any Service
    ) {
        self.init(
            name, policy: policy, lifetime: lifetime, shutdown: shutdown, isBeyondRepair: isBeyondRepair,
            isConnection: isConnection, reportsFailures: reportsFailures
        ) { try await service.run() }
    }
}
