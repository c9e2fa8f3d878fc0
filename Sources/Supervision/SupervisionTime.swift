/// A supervisor's clock: the system's, or a test's.
package struct SupervisionTime: Sendable {
    package static let system = SupervisionTime(
        now: { .now }, sleep: { try await Task.sleep(for: $0) })

    let now: @Sendable () -> ContinuousClock.Instant
    /// Throws `CancellationError` when its task is cancelled.
    let sleep: @Sendable (Duration) async throws -> Void

    package init(
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }
}
