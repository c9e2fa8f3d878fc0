package import ServiceLifecycle

/// What a `Supervisor` keeps running.
package struct SupervisedChild: Sendable {
    /// What it means that `run()` returns (OTP's restart types).
    package enum Lifetime: Hashable, Sendable {
        /// A failure like any other: it is started again.
        case permanent
        /// Its work is done.
        case transient
    }

    /// How it is told to end.
    package enum Shutdown: Hashable, Sendable {
        /// It hears the graceful shutdown by itself (`withGracefulShutdownHandler` and friends) and then returns.
        case graceful
        /// Its task is cancelled.
        case cancel
    }

    package let name: String
    package let policy: RestartPolicy
    package let lifetime: Lifetime
    package let shutdown: Shutdown
    /// Whether no new start could mend that error, whatever the policy says: the supervisor fails at once.
    package let isBeyondRepair: @Sendable (any Error) -> Bool
    /// Whether it says itself in the log that it failed and works again; the supervisor then says so at `debug` only.
    package let tellsOfFailures: Bool
    /// Called anew for each start.
    package let run: @Sendable () async throws -> Void

    package init(
        _ name: String, policy: RestartPolicy, lifetime: Lifetime = .permanent, shutdown: Shutdown = .graceful,
        isBeyondRepair: @escaping @Sendable (any Error) -> Bool = { _ in false }, tellsOfFailures: Bool = false,
        run: @escaping @Sendable () async throws -> Void
    ) {
        self.name = name
        self.isBeyondRepair = isBeyondRepair
        self.tellsOfFailures = tellsOfFailures
        self.policy = policy
        self.lifetime = lifetime
        self.shutdown = shutdown
        self.run = run
    }

    /// - `service`: its `run()` must bear being called again after it has thrown.
    package init(
        _ name: String, policy: RestartPolicy, lifetime: Lifetime = .permanent, shutdown: Shutdown = .graceful,
        isBeyondRepair: @escaping @Sendable (any Error) -> Bool = { _ in false }, tellsOfFailures: Bool = false,
        service: any Service
    ) {
        self.init(
            name, policy: policy, lifetime: lifetime, shutdown: shutdown, isBeyondRepair: isBeyondRepair,
            tellsOfFailures: tellsOfFailures
        ) { try await service.run() }
    }
}
