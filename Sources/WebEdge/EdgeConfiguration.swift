package import NIOCore

/// How a node's edge listens and what it admits. Filled by `NodeConfiguration`, which alone reads the environment.
package struct EdgeConfiguration: Sendable {
    package struct TLSFiles: Hashable, Sendable {
        /// PEM, the server's certificate first.
        package let certificate: String
        package let key: String

        package init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    package var host = "0.0.0.0"
    /// `0`: any free port; `EdgeService` reports which one.
    package var port = 8080
    /// When set, `/metrics` and `/cluster` are served there and not on `port`.
    package var adminPort: Int?
    /// The port that serves `/cluster`; nodes announce it to each other.
    package var operationsPort: Int { adminPort ?? port }
    package var tls: TLSFiles?

    /// Holds `index.html`, served as `/`; every other file is served under `/static/`.
    package var staticDirectory: String
    /// Whether browsers keep the page for use without a connection. If not, those that have it remove it.
    package var worksOffline = true

    /// Allowed `Origin` headers, exactly as browsers send them. `nil`: the origin's host must match the request's.
    package var allowedOrigins: Set<String>?
    /// Peers whose `X-Forwarded-For`, `-Host`, `-Port` and `-Proto` are trusted.
    package var trustedProxies: [AddressBlock] = []
    /// Maximum open sockets per client address and, counted separately, HTTP connections per peer address, half of
    /// which may be idle. `nil`: no limit.
    package var connectionsPerAddress: Int? = 200
    /// Maximum open sockets in total; `nil`: no limit.
    package var maximumConnections: Int?
    /// Maximum connections of any kind, including those that have not sent a request yet. Above it, no new connection
    /// is accepted until one closes. Must be below the descriptor limit: without descriptors, a process cannot do
    /// anything.
    package var maximumAccepted: Int?
    /// The share for `adminPort`: operators are few and must get in when clients are many.
    var acceptedOperators: Int? { adminPort == nil ? nil : maximumAccepted.map { min(64, max(1, $0 / 8)) } }
    /// The share for `port`.
    var acceptedClients: Int? { maximumAccepted.map { max(1, $0 - (acceptedOperators ?? 0)) } }

    /// Until the first byte of a request, including the TLS handshake. Phones on bad networks need seconds; slower
    /// clients only hold a descriptor.
    package var firstRequestTimeout = TimeAmount.seconds(10)
    /// From the first to the last byte of a request's head. A head fits into a few packets; sending it more slowly than
    /// some retransmissions take is an attack.
    package var headTimeout = TimeAmount.seconds(5)
    /// The body of an upload must arrive within this time, plus a second for every `bodyBytesPerSecond` bytes. A phone
    /// at the edge of its network is faster than that.
    package var bodyTimeout = TimeAmount.seconds(20)
    package var bodyBytesPerSecond = 16 * 1_024

    /// Enables `/echo` for conformance suites: a WebSocket without rate or size limits.
    package var servesEcho = false

    /// How long the load balancer has to notice that the node is not ready before sockets are closed.
    package var drainGrace: Duration = .seconds(3)
    /// From the shutdown signal to exit, including `drainGrace`; whatever is unfinished then is abandoned.
    package var drainLimit: Duration = .seconds(25)

    package init(staticDirectory: String) {
        self.staticDirectory = staticDirectory
    }
}
