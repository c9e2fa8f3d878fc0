package import NIOCore
internal import NIOSSL
package import Supervision

/// How this node connects to Redis; shared by all its connections.
package struct RedisConfiguration: Sendable {
    package var url: RedisURL
    /// Find the primary, if the URL names Sentinels.
    package private(set) var sentinels: RedisSentinels?
    /// CA certificates of a `rediss://` server (a PEM file); `nil`: the system's. Read for each connection, so that
    /// they can be replaced while nodes run.
    package var certificateAuthorities: String?
    /// Covers connecting and setup.
    package var connectTimeout: TimeAmount
    /// A command fails after this; its late reply is dropped. Below the 5 s after which a client resends a message, so
    /// that the client learns the outcome first.
    package var commandTimeout: TimeAmount
    /// A connection counts as lost once its oldest command has waited this long.
    package var lostAfter: TimeAmount
    /// A connection that has received nothing for this long is sent a PING.
    package var pingInterval: TimeAmount
    /// Maximum pending commands of a connection, and their size. Beyond: `overloaded`.
    package var maximumPending: Int
    package var maximumPendingBytes: Int
    package var maximumReplyBytes: Int
    /// Delay between a loss and the next attempt, forever. Full jitter spreads many nodes; short, because a node must
    /// recover within 2 s of Redis' return.
    package var reconnect: Backoff

    package init(
        url: RedisURL,
        certificateAuthorities: String? = nil,
        sentinelUser: String = "",
        sentinelPassword: String? = nil,
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
        if case .sentinels(let name) = url.kind {
            sentinels = RedisSentinels(of: name, self, user: sentinelUser, password: sentinelPassword)
        }
    }

    /// Always verifies the server's certificate and host name.
    var tls: TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let certificateAuthorities { tls.trustRoots = .file(certificateAuthorities) }
        return tls
    }

    /// Whether the file can be used as `certificateAuthorities`.
    package static func holdsCertificates(_ path: String) -> Bool {
        (try? NIOSSLCertificate.fromPEMFile(path).isEmpty) == false
    }
}

/// The purpose of a connection: each has its own, so that none delays another.
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
