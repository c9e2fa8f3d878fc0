import ChatModel
import Cluster
import Foundation
import Identity
import Logging
import RedisClient
import WebEdge

extension ConfigurationVariable {
    /// The settings table: the single source for parsing, `--help` and the documentation.
    static let all: [ConfigurationVariable] =
        edge + limits + files + signIn + cluster + secrets + push + operation

    private static let signIn = [
        ConfigurationVariable(
            "AUTH", fallback: "guests", help: "who may use the chat: guests, users who sign in elsewhere, or both",
            expected: "one of guests, both, users"
        ) { text, configuration in
            configuration.signIn.mode = AccessMode(rawValue: text)
            return text == "guests" || configuration.signIn.mode != nil
        },
        word(
            "JWT_JWKS_URL", fallback: "none", help: "key set (JWKS) of the issuer whose tokens users sign in with",
            expected: "an https URL"
        ) { $0.signIn.keysURL = $1 },
        word("JWT_JWKS_FILE", fallback: "none", help: "the same as a file") { $0.signIn.keysFile = $1 },
        word(
            "JWT_SECRET_FILE", fallback: "none",
            help: "instead of a key set: file with the secret shared with the issuer (HS256), 32 bytes or more"
        ) { $0.signIn.secretFile = $1 },
        word(
            "JWT_ISSUER", fallback: "none; required with a key set", help: "issuer (iss) that tokens must name",
            expected: "a word"
        ) { $0.signIn.issuer = $1 },
        word(
            "JWT_AUDIENCE", fallback: "none; required with a key set", help: "audience (aud) that tokens must name",
            expected: "a word"
        ) { $0.signIn.audience = $1 },
        list(
            "JWT_ALGORITHMS", fallback: "ES256,RS256,EdDSA; HS256 with a secret",
            help: "signatures of tokens that are accepted",
            expected: "a comma-separated list of "
                + TokenAlgorithm.allCases.map(\.rawValue).joined(separator: ", "),
            element: { TokenAlgorithm(rawValue: $0) }
        ) { $0.signIn.algorithms = Set($1) },
        word("JWT_NAME_CLAIM", fallback: "name", help: "claim with the name to show", expected: "a word") {
            $0.signIn.nameClaim = $1
        },
        word("JWT_ROLES_CLAIM", fallback: "roles", help: "claim with the user's roles", expected: "a word") {
            $0.signIn.rolesClaim = $1
        },
        ConfigurationVariable(
            "AUTH_HEADER", fallback: "none",
            help: "header in which a proxy of TRUSTED_PROXIES names the user that it has let in",
            expected: "a header such as X-Auth-Request-User"
        ) { text, configuration in
            configuration.signIn.userHeader = text
            return isName(text)
        },
        ConfigurationVariable(
            "AUTH_NAME_HEADER", fallback: "none", help: "header with the name to show, beside AUTH_HEADER",
            expected: "a header such as X-Auth-Request-Preferred-Username"
        ) { text, configuration in
            configuration.signIn.nameHeader = text
            return isName(text)
        },
        word(
            "SIGN_IN_URL", fallback: "none",
            help: "path on this host at which the page asks for the user's token, with its cookies",
            expected: "a path such as /token"
        ) { $0.signIn.page = $1 },
    ]

    private static let edge = [
        host("HOST", fallback: "0.0.0.0", help: "address to listen on; :: for IPv6 and IPv4") { $0.edge.host = $1 },
        number("PORT", in: 0...65_535, fallback: "8080", help: "port to listen on; 0: any free port") {
            $0.edge.port = $1
        },
        number(
            "ADMIN_PORT", in: 1...65_535, fallback: "same as PORT",
            help: "if set, serve /metrics and /cluster only on this port, and `webchat room`"
        ) { $0.edge.adminPort = $1 },
        number("WORKERS", in: 1...1_024, fallback: "number of cores", help: "event loop threads") { $0.workers = $1 },
        word("STATIC_DIR", fallback: "auto-detected", help: "directory of the web page", expected: "a directory") {
            $0.edge.staticDirectory = $1
        },
        toggle(
            "PAGE_OFFLINE", fallback: "on",
            help: "browsers keep the web page, so that it opens without a connection; off: they remove it again"
        ) { $0.edge.worksOffline = $1 },
        word("TLS_CERT", fallback: "none", help: "TLS certificate chain (PEM)") { $0.tlsCertificate = $1 },
        word("TLS_KEY", fallback: "none", help: "TLS private key (PEM)") { $0.tlsKey = $1 },
        list(
            "ALLOWED_ORIGINS", fallback: "same host", help: "allowed values of the Origin header",
            expected: "a comma-separated list of origins such as https://chat.example.org",
            element: { isOrigin($0) ? $0 : nil }
        ) { $0.edge.allowedOrigins = Set($1) },
        list(
            "TRUSTED_PROXIES", fallback: "none",
            help:
                "networks whose X-Forwarded-For, -Host, -Port and -Proto headers, and AUTH_HEADER, are trusted",
            expected: "a comma-separated list of networks such as 10.0.0.0/8,::1/128", element: { AddressBlock($0) }
        ) { $0.edge.trustedProxies = $1 },
    ]

    private static let limits = [
        number(
            "MAX_CONNECTIONS", in: 1...10_000_000, fallback: "80 % of the file descriptor limit",
            help: "maximum open sockets; above it, new ones get 503 with Retry-After"
        ) { $0.edge.maximumConnections = $1 },
        number(
            "MAX_MEMORY_MB", in: 1...16_777_216, fallback: "none",
            help:
                "RSS limit (Linux only); above it, new sockets get 503 with Retry-After until it is below 95 %"
        ) { $0.maximumMemoryMB = $1 },
        number(
            "CONNECTIONS_PER_ADDRESS", in: 0...1_000_000, fallback: "200",
            help:
                "maximum sockets, and separately HTTP connections, per client address or IPv6 /64; 0: unlimited"
        ) { $0.edge.connectionsPerAddress = $1 == 0 ? nil : $1 },
        number(
            "MESSAGE_RATE", in: 0...100_000, fallback: "5",
            help: "messages per second per user; 0: no message limits, not even per address"
        ) { $0.socket.messageRate = $1 },
        number("MESSAGE_BURST", in: 1...100_000, fallback: "20", help: "message burst per user") {
            $0.socket.messageBurst = $1
        },
        number(
            "MESSAGE_RATE_PER_ADDRESS", in: 0...1_000_000, fallback: "100",
            help: "messages per second per client address, all users together; 0: unlimited"
        ) { $0.socket.messageRatePerAddress = $1 },
        number(
            "WRITE_MB_PER_ADDRESS", in: 0...1_000_000, fallback: "64",
            help: "megabytes per hour that a client address may write to each node; 0: unlimited"
        ) { $0.socket.megabytesPerAddress = $1 },
        number(
            "ROOMS_PER_ADDRESS", in: 0...1_000_000, fallback: "20",
            help: "rooms per hour that guests of a client address may make on each node; 0: unlimited"
        ) { $0.socket.roomsPerAddress = $1 },
        number(
            "MAX_ROOMS", in: 0...10_000_000, fallback: "100000",
            help: "open rooms, and as many private ones, above which guests make no more; 0: unlimited"
        ) { $0.cluster.rooms.mostRooms = $1 == 0 ? nil : $1 },
        list(
            "RESERVED_NAMES", fallback: ReservedNames.usual.joined(separator: ","),
            help:
                "names that nobody chooses, nor any that looks like one: they get \" (guest)\" after it; none: no names",
            expected: "a comma-separated list of names, or none", element: { UserName($0)?.description }
        ) { $0.socket.reservedNames = ReservedNames($1 == ["none"] ? [] : $1) },
        number("HISTORY_MB", in: 1...1_024, fallback: "8", help: "megabytes of messages kept per room") {
            $0.cluster.rooms.bytes = $1 * 1_048_576
        },
        number("HISTORY_LENGTH", in: 1...1_000_000, fallback: "10000", help: "messages kept per room") {
            $0.cluster.rooms.messages = $1
        },
        number(
            "ROOM_TTL_DAYS", in: 1...3_650, fallback: "90", help: "days after its last message until a room is deleted"
        ) { $0.cluster.rooms.idleDays = $1 },
        number(
            "GUEST_ROOM_TTL_DAYS", in: 1...3_650, fallback: "7 with AUTH=both, otherwise ROOM_TTL_DAYS",
            help:
                "days after its last message until an open room that belongs to nobody is deleted, except the lobby; at most ROOM_TTL_DAYS"
        ) { $0.cluster.rooms.unownedDays = $1 },
        number("DEDUPE_SECONDS", in: 1...604_800, fallback: "600", help: "deduplication window in seconds") {
            $0.cluster.rooms.dedupeSeconds = $1
            $0.socket.dedupeSeconds = $1
        },
    ]

    private static let cluster = [
        ConfigurationVariable(
            "REDIS_URL", fallback: "none: standalone", help: "Redis shared by all nodes",
            expected:
                "redis://user:password@host:port/db, redis-sentinel://host:port,host:port/NAME/db or redis-cluster://host:port,host:port; rediss for TLS",
            isSecret: true
        ) { text, configuration throws(ConfigurationError) in
            do throws(RedisError) {
                configuration.redis = try RedisURL(text)
            } catch {
                throw ConfigurationError("REDIS_URL is invalid: \(error.message)")
            }
            return true
        },
        word("REDIS_URL_FILE", fallback: "none", help: "file that contains REDIS_URL") { $0.redisURLFile = $1 },
        word("REDIS_CA_FILE", fallback: "system trust store", help: "CA certificates for rediss:// (PEM)") {
            $0.redisCAFile = $1
        },
        word("REDIS_CERT_FILE", fallback: "none", help: "this node's certificate for rediss:// (PEM)") {
            $0.redisCertificateFile = $1
        },
        word("REDIS_KEY_FILE", fallback: "none", help: "key of REDIS_CERT_FILE (PEM)") { $0.redisKeyFile = $1 },
        word("REDIS_SENTINEL_USER", fallback: "the default user", help: "user of the Sentinels, if they have users") {
            $0.redisSentinelUser = $1
        },
        ConfigurationVariable(
            "REDIS_SENTINEL_PASSWORD", fallback: "none",
            help: "password of the Sentinels; that in REDIS_URL is of the servers they watch", expected: "a password",
            isSecret: true
        ) { text, configuration in
            configuration.redisSentinelPassword = text
            return !text.isEmpty
        },
        word(
            "REDIS_SENTINEL_PASSWORD_FILE", fallback: "none", help: "file that contains REDIS_SENTINEL_PASSWORD"
        ) { $0.redisSentinelPasswordFile = $1 },
        number(
            "REDIS_SUBSCRIBERS", in: 1...64, fallback: "1",
            help: "subscriber connections; rooms are spread over them by hash"
        ) { $0.cluster.subscribers = $1 },
        number(
            "REDIS_WAIT_REPLICAS", in: 0...16, fallback: "0",
            help: "replicas that must confirm a message before it is acknowledged"
        ) { $0.cluster.waitReplicas = $1 },
        toggle(
            "REDIS_SHARDED", fallback: "on",
            help: "sharded pub/sub in a Redis Cluster (needs Redis 7), the same on every node"
        ) { $0.redisSharded = $1 },
        ConfigurationVariable(
            "KEY_PREFIX", fallback: "webchat", help: "prefix of all Redis keys",
            expected: "1 to 64 of the characters A-Z a-z 0-9 . _ -"
        ) { text, configuration in
            configuration.cluster.keyPrefix = text
            return isName(text)
        },
        ConfigurationVariable(
            "NODE_NAME", fallback: "host name and a random suffix",
            help: "unique name of the node; keep it stable across restarts",
            expected: "1 to 64 of the characters A-Z a-z 0-9 . _ -"
        ) { text, configuration in
            configuration.nodeName = text
            return isName(text)
        },
        host(
            "ADVERTISE_HOST", fallback: "detected",
            help: "address that other nodes connect to; also used for gossip",
            expected: "an address or host name of this machine, without a port",
            accepts: { !["::", "0.0.0.0"].contains($0) }
        ) { $0.advertiseHost = $1 },
        host(
            "GOSSIP_HOST", fallback: "same as HOST",
            help:
                "gossip listen address; also advertised for gossip unless it is 0.0.0.0 or :: or ADVERTISE_HOST is set"
        ) { $0.gossipHost = $1 },
        number("GOSSIP_PORT", in: 0...65_535, fallback: "0: any free port", help: "UDP port for gossip") {
            $0.gossipPort = $1
        },
    ]

    private static let secrets = [
        secret(
            "CLUSTER_SECRET", fallback: "none; required with REDIS_URL",
            help: "shared secret; must be the same on every node"
        ) { $0.secret = $1 },
        word("CLUSTER_SECRET_FILE", fallback: "none", help: "file that contains CLUSTER_SECRET") { $0.secretFile = $1 },
        secret("CLUSTER_SECRET_PREVIOUS", fallback: "none", help: "old secret, still accepted during a rotation") {
            $0.previousSecret = $1
        },
        word(
            "CLUSTER_SECRET_PREVIOUS_FILE", fallback: "none",
            help: "file that contains CLUSTER_SECRET_PREVIOUS; may be empty"
        ) { $0.previousSecretFile = $1 },
        word(
            "STATE_DIR", fallback: "none",
            help: "where a standalone node stores its secret, so that guests keep their identity",
            expected: "a directory"
        ) { $0.stateDirectory = $1 },
    ]

    private static let operation = [
        seconds("DRAIN_GRACE", fallback: "3", help: "seconds between failing /readyz and closing the first socket") {
            $0.edge.drainGrace = $1
        },
        seconds("DRAIN_SECONDS", fallback: "25", help: "seconds from SIGTERM to exit, including DRAIN_GRACE") {
            $0.edge.drainLimit = $1
        },
        ConfigurationVariable(
            "LOG_LEVEL", fallback: "info", help: "minimum log level",
            expected: "one of " + Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
        ) { text, configuration in
            guard let level = Logger.Level(rawValue: text.lowercased()) else { return false }
            configuration.logLevel = level
            return true
        },
        ConfigurationVariable(
            "LOG_FORMAT", fallback: "text", help: "log format",
            expected: "one of " + LogFormat.allCases.map(\.rawValue).joined(separator: ", ")
        ) { text, configuration in
            guard let format = LogFormat(rawValue: text.lowercased()) else { return false }
            configuration.logFormat = format
            return true
        },
        toggle(
            "WEBCHAT_DEV", fallback: "off",
            help: "development mode: enables /echo (a WebSocket without limits) and /dev/faults (fault injection)"
        ) { $0.isDevelopment = $1 },
        word(
            "PROMETHEUS_MULTIPROC_DIR", fallback: "none", help: "ignored, accepted for compatibility",
            expected: "a directory"
        ) { configuration, _ in configuration.namesPrometheusDirectory = true },
    ]

    private static func secret(
        _ name: String, fallback: String, help: String,
        set: @escaping @Sendable (inout NodeConfiguration, [UInt8]) -> Void
    ) -> ConfigurationVariable {
        ConfigurationVariable(
            name, fallback: fallback, help: help, expected: NodeConfiguration.secretRule, isSecret: true
        ) { text, configuration in
            set(&configuration, Array(text.utf8))
            return text.utf8.count >= NodeConfiguration.minimumSecretLength
        }
    }

    /// As browsers send it: lower-case scheme and host, an optional port, no path.
    private static func isOrigin(_ text: String) -> Bool {
        guard let url = URLComponents(string: text), let scheme = url.scheme, let host = url.host, !host.isEmpty else {
            return false
        }
        return (scheme == "http" || scheme == "https") && text == text.lowercased()
            && text == "\(scheme)://\(host)" + (url.port.map { ":\($0)" } ?? "")
    }
}
