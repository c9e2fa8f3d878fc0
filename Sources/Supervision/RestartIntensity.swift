/// How many restarts are tolerated within a window: OTP's `max_restarts` and `max_seconds`.
package struct RestartIntensity: Hashable, Sendable {
    package let maximumRestarts: Int
    package let window: Duration

    package init(_ maximumRestarts: Int, in window: Duration) {
        precondition(maximumRestarts >= 0 && window > .zero, "invalid intensity of \(maximumRestarts) in \(window)")
        self.maximumRestarts = maximumRestarts
        self.window = window
    }
}
