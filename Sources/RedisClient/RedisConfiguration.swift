package import NIOCore
internal import NIOSSL
package import Supervision

/// How this node connects to Redis; shared by all its connections.
package struct RedisConfiguration: Sendable {
    package var url: RedisURL
    /// Find the primary, if the URL names Sentinels.
    package private(set) var sentinels: RedisSentinels?
    /// What the server at the URL must be.
    var serverKind = RedisServerKind.single
    /// Whether rooms use sharded pub/sub (Redis 7 and later): what is published reaches only the nodes of a shard, not all
    /// of the cluster.
    package let isSharded: Bool
    /// Called at a sign that the cluster's map has changed: a redirection, a lost connection, a command without an answer.
    /// On any thread.
    var mapIsDoubtful: (@Sendable () -> Void)?
    /// CA certificates of a `rediss://` server (a PEM file); `nil`: the system's. Read for each connection, so that
    /// they can be replaced while nodes run.
    package var certificateAuthorities: String?
    /// This node's own certificate and its key (PEM files), if servers ask for one; read for each connection.
    package var certificate: (chain: String, key: String)?
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
        certificate: (chain: String, key: String)? = nil,
        shardedPubSub: Bool = true,
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
        self.certificate = certificate
        isSharded = url.kind == .cluster && shardedPubSub
        self.connectTimeout = connectTimeout
        self.commandTimeout = commandTimeout
        self.lostAfter = lostAfter
        self.pingInterval = pingInterval
        self.maximumPending = maximumPending
        self.maximumPendingBytes = maximumPendingBytes
        self.maximumReplyBytes = maximumReplyBytes
        self.reconnect = reconnect
        switch url.kind {
        case .server: break
        case .sentinels(let name):
            sentinels = RedisSentinels(of: name, self, user: sentinelUser, password: sentinelPassword)
        case .cluster: serverKind = .clusterNode
        }
    }

    /// Always verifies the server's certificate and host name.
    /// - Throws: if its files cannot be read.
    func tls() throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let certificateAuthorities { tls.trustRoots = .file(certificateAuthorities) }
        if let certificate {
            do {
                tls.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate.chain).map { .certificate($0) }
                tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: certificate.key, format: .pem))
            } catch {
                throw RedisError(.connectFailed, "REDIS_CERT_FILE or REDIS_KEY_FILE cannot be read", cause: error)
            }
        }
        return tls
    }

    /// Whether the file can be used as `certificateAuthorities`.
    package static func holdsCertificates(_ path: String) -> Bool {
        (try? NIOSSLCertificate.fromPEMFile(path).isEmpty) == false
    }

    /// Whether the files can be used as `certificate`.
    package static func isPair(chain: String, key: String) -> Bool {
        holdsCertificates(chain) && (try? NIOSSLPrivateKey(file: key, format: .pem)) != nil
    }
}

/// What a server may be, as `INFO server` tells (`redis_mode`).
enum RedisServerKind: String {
    case single = "standalone"
    case sentinel
    case clusterNode = "cluster"
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
