import Cluster
import Foundation
import Logging
import WebEdge

extension ConfigurationVariable {
    /// The one table of what can be configured: it resolves, and it makes `--help` and the README's table.
    static let all: [ConfigurationVariable] = edge + limits + cluster + secrets + supervision + operation

    private static let edge = [
        word("HOST", fallback: "0.0.0.0", help: "address on which the node listens", mayBe: "an address or host name") {
            $0.edge.host = $1
        },
        number("PORT", in: 0...65_535, fallback: "8080", help: "port on which it listens; 0: any free one") {
            $0.edge.port = $1
        },
        number(
            "ADMIN_PORT", in: 1...65_535, fallback: "same as PORT",
            help: "when set, /metrics and /cluster are there only"
        ) { $0.edge.adminPort = $1 },
        number("WORKERS", in: 1...1_024, fallback: "number of cores", help: "event loop threads") { $0.workers = $1 },
        word("STATIC_DIR", fallback: "looked up", help: "the files of the page", mayBe: "a directory") {
            $0.edge.staticDirectory = $1
        },
        word("TLS_CERT", fallback: "none", help: "serve TLS: certificate chain, PEM", mayBe: "a file") {
            $0.tlsCertificate = $1
        },
        word("TLS_KEY", fallback: "none", help: "serve TLS: private key, PEM", mayBe: "a file") { $0.tlsKey = $1 },
        list(
            "ALLOWED_ORIGINS", fallback: "same host", help: "from which pages a browser may connect, exactly",
            mayBe: "a list of origins such as https://chat.example.org, with commas between them",
            element: { isOrigin($0) ? $0 : nil }
        ) { $0.edge.allowedOrigins = Set($1) },
        list(
            "TRUSTED_PROXIES", fallback: "none", help: "networks whose X-Forwarded-For is believed",
            mayBe: "a list of networks such as 10.0.0.0/8,::1/128", element: { AddressBlock($0) }
        ) { $0.edge.trustedProxies = $1 },
    ]

    private static let limits = [
        number(
            "MAX_CONNECTIONS", in: 1...10_000_000, fallback: "80 % of the descriptor limit",
            help: "open sockets; beyond: 503 with Retry-After"
        ) { $0.edge.maximumConnections = $1 },
        number(
            "MAX_MEMORY_MB", in: 1...16_777_216, fallback: "none",
            help:
                "resident memory; beyond, until it is below 95 % of that: 503 with Retry-After for new sockets (Linux)"
        ) { $0.maximumMemoryMB = $1 },
        number(
            "CONNECTIONS_PER_ADDRESS", in: 0...1_000_000, fallback: "200",
            help: "open sockets per client address, and connections that have asked for nothing yet; 0: no limit"
        ) { $0.edge.connectionsPerAddress = $1 == 0 ? nil : $1 },
        number("MESSAGE_RATE", in: 0...100_000, fallback: "5", help: "messages a second per user; 0: no limit") {
            $0.socket.messageRate = $1
        },
        number("MESSAGE_BURST", in: 1...100_000, fallback: "20", help: "messages at once per user") {
            $0.socket.messageBurst = $1
        },
        number("HISTORY_LENGTH", in: 1...1_000_000, fallback: "10000", help: "messages kept in a room") {
            $0.cluster.historyLength = $1
        },
        number(
            "ROOM_TTL_DAYS", in: 1...3_650, fallback: "90", help: "a room is forgotten that long after its last message"
        ) { $0.cluster.roomTTLDays = $1 },
        number("DEDUPE_SECONDS", in: 1...604_800, fallback: "600", help: "how long a message's key is remembered") {
            $0.cluster.dedupeSeconds = $1
            $0.socket.dedupeSeconds = $1
        },
    ]

    private static let cluster = [
        ConfigurationVariable(
            "REDIS_URL", fallback: "none: a node on its own", help: "where nodes meet",
            mayBe: "redis:// or rediss://[user:password@]host:port/db", isSecret: true
        ) { text, configuration in
            guard let url = try? RedisURL(text) else { return false }
            configuration.redis = url
            return true
        },
        word("REDIS_URL_FILE", fallback: "none", help: "a file that holds REDIS_URL", mayBe: "a file") {
            $0.redisURLFile = $1
        },
        word(
            "REDIS_CA_FILE", fallback: "the system's authorities",
            help: "who may have issued the certificate of a rediss:// Redis, PEM", mayBe: "a file"
        ) { $0.redisCAFile = $1 },
        number(
            "REDIS_SUBSCRIBERS", in: 1...64, fallback: "1", help: "connections that listen; a room's is chosen by hash"
        ) { $0.cluster.subscribers = $1 },
        number(
            "REDIS_WAIT_REPLICAS", in: 0...16, fallback: "0", help: "replicas that must hold a message before its ack"
        ) { $0.cluster.waitReplicas = $1 },
        ConfigurationVariable(
            "KEY_PREFIX", fallback: "webchat", help: "how every key in Redis begins",
            mayBe: "1 to 64 of the characters A-Z a-z 0-9 . _ -"
        ) { text, configuration in
            configuration.cluster.keyPrefix = text
            return isName(text)
        },
        ConfigurationVariable(
            "NODE_NAME", fallback: "host name + random", help: "a stable name lets a restarted node take its own place",
            mayBe: "1 to 64 of the characters A-Z a-z 0-9 . _ -"
        ) { text, configuration in
            configuration.nodeName = text
            return isName(text)
        },
        word(
            "ADVERTISE_HOST", fallback: "detected",
            help: "the address that other nodes use, gossip's too unless GOSSIP_HOST is another one of this machine",
            mayBe: "an address or host name"
        ) { $0.advertiseHost = $1 },
        word(
            "GOSSIP_HOST", fallback: "as HOST",
            help:
                "address on which gossip listens; without ADVERTISE_HOST other nodes use it too, unless it is 0.0.0.0 or ::",
            mayBe: "an address or host name"
        ) {
            $0.gossipHost = $1
        },
        number("GOSSIP_PORT", in: 0...65_535, fallback: "0: any free one", help: "UDP port of gossip") {
            $0.gossipPort = $1
        },
    ]

    private static let secrets = [
        secret(
            "CLUSTER_SECRET", fallback: "none; required with REDIS_URL", help: "key material, the same on every node"
        ) { $0.secret = $1 },
        word("CLUSTER_SECRET_FILE", fallback: "none", help: "a file that holds CLUSTER_SECRET", mayBe: "a file") {
            $0.secretFile = $1
        },
        secret("CLUSTER_SECRET_PREVIOUS", fallback: "none", help: "still accepted, while a new one is brought in") {
            $0.previousSecret = $1
        },
        word(
            "CLUSTER_SECRET_PREVIOUS_FILE", fallback: "none",
            help: "a file that holds CLUSTER_SECRET_PREVIOUS, or nothing while there is none", mayBe: "a file"
        ) { $0.previousSecretFile = $1 },
        word(
            "STATE_DIR", fallback: "none",
            help: "where a node on its own keeps its secret, so that guests stay who they are", mayBe: "a directory"
        ) { $0.stateDirectory = $1 },
    ]

    private static let operation = [
        seconds("DRAIN_GRACE", fallback: "3", help: "seconds between the first 503 of /readyz and the first goodbye") {
            $0.edge.drainGrace = $1
        },
        seconds("DRAIN_SECONDS", fallback: "25", help: "seconds from SIGTERM to the end, all included") {
            $0.edge.drainLimit = $1
        },
        ConfigurationVariable(
            "LOG_LEVEL", fallback: "info", help: "the least level that is written",
            mayBe: "one of " + Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
        ) { text, configuration in
            guard let level = Logger.Level(rawValue: text.lowercased()) else { return false }
            configuration.logLevel = level
            return true
        },
        ConfigurationVariable(
            "LOG_FORMAT", fallback: "text", help: "how a log line looks",
            mayBe: "one of " + LogFormat.allCases.map(\.rawValue).joined(separator: ", ")
        ) { text, configuration in
            guard let format = LogFormat(rawValue: text.lowercased()) else { return false }
            configuration.logFormat = format
            return true
        },
        ConfigurationVariable(
            "WEBCHAT_DEV", fallback: "off",
            help: "development only: /echo, a WebSocket without limits, and /dev/faults, which makes actors throw",
            mayBe: "one of on, off, 1, 0, true, false", isSwitch: true
        ) { text, configuration in
            switch text.lowercased() {
            case "1", "on", "true": configuration.isDevelopment = true
            case "0", "off", "false": configuration.isDevelopment = false
            default: return false
            }
            return true
        },
        word(
            "PROMETHEUS_MULTIPROC_DIR", fallback: "none", help: "accepted and not used: one process has one /metrics",
            mayBe: "a directory"
        ) { configuration, _ in configuration.namesPrometheusDirectory = true },
    ]

    private static func secret(
        _ name: String, fallback: String, help: String,
        set: @escaping @Sendable (inout NodeConfiguration, [UInt8]) -> Void
    ) -> ConfigurationVariable {
        ConfigurationVariable(
            name, fallback: fallback, help: help, mayBe: NodeConfiguration.secretRule, isSecret: true
        ) { text, configuration in
            set(&configuration, Array(text.utf8))
            return text.utf8.count >= NodeConfiguration.minimumSecretLength
        }
    }

    /// As browsers send it: scheme and host in lower case, perhaps a port, and nothing after it.
    private static func isOrigin(_ text: String) -> Bool {
        guard let url = URLComponents(string: text), let scheme = url.scheme, let host = url.host, !host.isEmpty else {
            return false
        }
        return (scheme == "http" || scheme == "https") && text == text.lowercased()
            && text == "\(scheme)://\(host)" + (url.port.map { ":\($0)" } ?? "")
    }
}
