package import NIOCore

/// How the edge of a node listens and whom it lets in. Filled by `NodeConfiguration`, the one reader of the environment.
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
    /// `0`: any free port; `EdgeService` reports which.
    package var port = 8080
    /// When set, `/metrics` and `/cluster` are served there and not on `port`.
    package var adminPort: Int?
    /// Where `/cluster` is served: nodes tell it one another.
    package var operationsPort: Int { adminPort ?? port }
    package var tls: TLSFiles?

    /// Holds `index.html`, served as `/`; every other file is served under `/static/`.
    package var staticDirectory: String

    /// The `Origin`s that may open a socket, as browsers send them. `nil`: the origin's host must be the request's `Host`.
    package var allowedOrigins: Set<String>?
    /// Peers whose `X-Forwarded-For` is believed.
    package var trustedProxies: [AddressBlock] = []
    /// Open sockets per client address, and beside them connections of a peer's address that have not asked for anything
    /// yet; `nil`: no limit.
    package var connectionsPerAddress: Int? = 200
    /// Open sockets altogether; `nil`: no limit.
    package var maximumConnections: Int?
    /// Connections of any kind, those that have not said yet what they are included; beyond, nobody new is accepted until
    /// one closes. Must be below the descriptor limit: a process without descriptors cannot do anything any more.
    package var maximumAccepted: Int?
    /// Of these, who may come to `adminPort`: operators are few, and must get in when clients are many.
    var acceptedOperators: Int? { adminPort == nil ? nil : maximumAccepted.map { min(64, max(1, $0 / 8)) } }
    /// And who to `port`.
    var acceptedClients: Int? { maximumAccepted.map { max(1, $0 - (acceptedOperators ?? 0)) } }

    /// Until the first byte of a connection, a TLS handshake included. Phones on bad networks need seconds for that; who
    /// needs more holds a descriptor for nothing.
    package var firstRequestTimeout = TimeAmount.seconds(10)
    /// From the first byte of a request's head to its last. It fits into a few packets: who sends it for longer than some
    /// retransmissions take does so on purpose.
    package var headTimeout = TimeAmount.seconds(5)

    /// Whether `/echo` is there, for conformance suites: a WebSocket without limits on rate or number.
    package var servesEcho = false

    /// After the node has said that it is not ready, how long the balancer has to notice before sockets are closed.
    package var drainGrace: Duration = .seconds(3)
    /// From the order to end until the process has ended, `drainGrace` included; what is not done by then is left.
    package var drainLimit: Duration = .seconds(25)

    package init(staticDirectory: String) {
        self.staticDirectory = staticDirectory
    }
}
