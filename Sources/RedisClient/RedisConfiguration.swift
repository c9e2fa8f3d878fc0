package import NIOCore
internal import NIOSSL
package import Supervision

/// How this node talks to Redis: the same for all its connections.
package struct RedisConfiguration: Sendable {
    package var url: RedisURL
    /// Who may have issued the certificate of a `rediss://` server: PEM certificates; `nil`: the system's authorities.
    /// Read for each connection, so that it may be renewed while nodes run.
    package var certificateAuthorities: String?
    /// For the way from nothing to a connection that is set up.
    package var connectTimeout: TimeAmount
    /// After this a command has failed for its caller; its late answer is dropped. Below the 5 s after which a client sends
    /// its message again by itself: it is to hear of the outcome before.
    package var commandTimeout: TimeAmount
    /// When the oldest command has been waiting this long, the connection counts as lost.
    package var lostAfter: TimeAmount
    /// A connection on which nothing came in for this long is asked with PING.
    package var pingInterval: TimeAmount
    /// Commands of one connection that may wait for an answer, and their size. Beyond: `overloaded`.
    package var maximumPending: Int
    package var maximumPendingBytes: Int
    package var maximumReplyBytes: Int
    /// Between the loss of a connection and the next attempt, for ever. Full jitter keeps many nodes
    /// apart; short waits, for a node is to be whole within 2 s of Redis' return.
    package var reconnect: Backoff

    package init(
        url: RedisURL,
        certificateAuthorities: String? = nil,
        connectTimeout: TimeAmount = .seconds(3),
        commandTimeout: TimeAmount = .seconds(3),
        lostAfter: TimeAmount = .seconds(10),
        pingInterval: TimeAmount = .seconds(5),
        maximumPending: Int = 16_384,
        maximumPendingBytes: Int = 16 << 20,
        maximumReplyBytes: Int = 64 << 20,
        reconnect: Backoff = Backoff(base: .milliseconds(100), cap: .seconds(1))
    ) {
        self.url = url
        self.certificateAuthorities = certificateAuthorities
        self.connectTimeout = connectTimeout
        self.commandTimeout = commandTimeout
        self.lostAfter = lostAfter
        self.pingInterval = pingInterval
        self.maximumPending = maximumPending
        self.maximumPendingBytes = maximumPendingBytes
        self.maximumReplyBytes = maximumReplyBytes
        self.reconnect = reconnect
    }

    /// The server's certificate and its host name are checked; there is no way around it.
    var tls: TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let certificateAuthorities { tls.trustRoots = .file(certificateAuthorities) }
        return tls
    }

    /// Whether the file can be `certificateAuthorities`.
    package static func holdsCertificates(_ path: String) -> Bool {
        (try? NIOSSLCertificate.fromPEMFile(path).isEmpty) == false
    }
}

/// What a connection is for: each has its own, so that none holds up another.
package enum RedisPurpose: Hashable, Sendable, CustomStringConvertible {
    case publish
    case read
    /// One of `REDIS_SUBSCRIBERS`, counted from 0.
    case subscribe(Int)

    package var description: String {
        switch self {
        case .publish: "publish"
        case .read: "read"
        case .subscribe(let index): "subscribe-\(index)"
        }
    }
}
