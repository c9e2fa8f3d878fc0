/// How a client behaves; the defaults are those of `docs/protocol.md`.
package struct ClientConfiguration: Hashable, Sendable {
    package var name: String?
    /// A guest token of an earlier life. `nil`: the server makes a new guest.
    package var token: String?
    /// Messages that may wait in one room, the one in flight included.
    package var outboxLimit = 50
    /// Without an `ack` a message is sent again after this.
    package var resendAfter = Duration.seconds(5)
    /// How long connecting may take, from the TCP connect to `welcome`.
    package var greetingDeadline = Duration.seconds(10)
    /// Silence after which the client sends a `ping`, and how much longer it waits before it gives the connection up.
    package var pingAfter = Duration.seconds(25)
    package var pingDeadline = Duration.seconds(10)
    /// `random(0, min(cap, base · 2ⁿ))` before the n-th reconnect in a row.
    package var backoffBase = Duration.milliseconds(500)
    package var backoffCap = Duration.seconds(20)

    package init(name: String? = nil, token: String? = nil) {
        self.name = name
        self.token = token
    }
}
