package import NIOCore
package import NIOSSL
package import Supervision

/// How this node talks to Redis: the same for all its connections.
package struct RedisConfiguration: Sendable {
    package var url: RedisURL
    /// Used for `rediss://`: the system's trust roots, certificate and host name checked.
    package var tls: TLSConfiguration
    /// For the way from nothing to a connection that is set up.
    package var connectTimeout: TimeAmount
    /// After this a command has failed for its caller; its late answer is dropped.
    package var commandTimeout: TimeAmount
    /// When the oldest command has been waiting this long, the connection counts as lost.
    package var lostAfter: TimeAmount
    /// A connection on which nothing came in for this long is asked with PING.
    package var pingInterval: TimeAmount
    /// Commands of one connection that may wait for an answer, and their size. Beyond: `overloaded`.
    package var maximumPending: Int
    package var maximumPendingBytes: Int
    package var maximumReplyBytes: Int
    /// Between the loss of a connection and the next attempt, for ever (`BACKOFF_REDIS`). Full jitter keeps many nodes
    /// apart; short waits, for a node is to be whole within 2 s of Redis' return.
    package var reconnect: Backoff

    package init(
        url: RedisURL,
        tls: TLSConfiguration = .makeClientConfiguration(),
        connectTimeout: TimeAmount = .seconds(3),
        commandTimeout: TimeAmount = .seconds(5),
        lostAfter: TimeAmount = .seconds(10),
        pingInterval: TimeAmount = .seconds(5),
        maximumPending: Int = 16_384,
        maximumPendingBytes: Int = 16 << 20,
        maximumReplyBytes: Int = 64 << 20,
        reconnect: Backoff = Backoff(base: .milliseconds(100), cap: .seconds(1))
    ) {
        self.url = url
        self.tls = tls
        self.connectTimeout = connectTimeout
        self.commandTimeout = commandTimeout
        self.lostAfter = lostAfter
        self.pingInterval = pingInterval
        self.maximumPending = maximumPending
        self.maximumPendingBytes = maximumPendingBytes
        self.maximumReplyBytes = maximumReplyBytes
        self.reconnect = reconnect
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
