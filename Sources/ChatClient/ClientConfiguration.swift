/// How a client behaves; the defaults follow `docs/protocol.md`.
package struct ClientConfiguration: Hashable, Sendable {
    package var name: String?
    /// A guest token from an earlier session. `nil`: the server creates a new guest.
    package var token: String?
    /// How many messages may wait per room, including the one in flight.
    package var outboxLimit = 50
    /// How long to wait for an `ack` before sending again.
    package var resendAfter = Duration.seconds(5)
    /// How long connecting may take, from TCP connect to `welcome`.
    package var greetingDeadline = Duration.seconds(10)
    /// Idle time after which the client sends a `ping`, and how long it then waits for any frame before it disconnects.
    package var pingAfter = Duration.seconds(25)
    package var pingDeadline = Duration.seconds(10)
    /// Full jitter: `random(0, min(cap, base · 2ⁿ))` before the n-th consecutive reconnect.
    package var backoffBase = Duration.milliseconds(500)
    package var backoffCap = Duration.seconds(20)
    /// When to ask again to be let into a room from which the user was removed or banned. Position and outbox are kept
    /// meanwhile, as across a reconnect. `nil`: the room is left for good.
    package var returnAfter: Duration?

    package init(name: String? = nil, token: String? = nil) {
        self.name = name
        self.token = token
    }
}
