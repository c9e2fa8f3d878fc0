import Actors
import ChatModel
import Cluster
import Foundation
import Identity
import Logging
import RedisClient
import WebEdge

/// All settings of a node, parsed and validated: flag, then environment, then default. Nothing else reads the
/// environment; each part of the node gets its own configuration struct.
struct NodeConfiguration: Sendable {
    static let minimumSecretLength = 32
    static let secretRule = "at least \(minimumSecretLength) bytes, for example from: openssl rand -hex 32"

    var workers: Int
    var nodeName: String
    var edge = EdgeConfiguration(staticDirectory: "")
    var socket = SocketConfiguration()
    var cluster = ClusterConfiguration()
    var actors = ActorsConfiguration()
    /// `nil`: standalone, everything in memory.
    var redis: RedisURL?
    /// PEM certificates trusted instead of the system's.
    var redisCAFile: String?
    /// This node's own certificate for Redis, and its key (PEM).
    var redisCertificate: (chain: String, key: String)?
    var redisSharded = true
    var redisSentinelUser: String?
    var redisSentinelPassword: String?
    /// The host that other nodes connect to. Gossip may use a different one.
    var advertiseHost: String
    /// Set when the host was detected: detects it again. May block.
    var detectHost: (@Sendable () -> String?)?
    var gossipAdvertiseHost = ""
    var gossipHost: String?
    var gossipPort = 0
    var files = FileSettings()
    var signIn = SignInSettings()
    /// `nil`: all are guests.
    var identity: IdentityConfiguration?
    var push = PushSettings()
    var secret: [UInt8]?
    var previousSecret: [UInt8]?
    var stateDirectory: String?
    var maximumMemoryMB: Int?
    var isDevelopment = false
    var logLevel = Logger.Level.info
    var logFormat = LogFormat.text
    /// `PROMETHEUS_MULTIPROC_DIR` is set; logged once, otherwise ignored.
    var namesPrometheusDirectory = false

    // Files and partial settings, which `complete` combines.
    var redisURLFile: String?
    var redisCertificateFile: String?
    var redisKeyFile: String?
    var redisSentinelPasswordFile: String?
    var secretFile: String?
    var previousSecretFile: String?
    var tlsCertificate: String?
    var tlsKey: String?

    /// - `flags`: by setting name.
    init(flags: [String: String], environment: [String: String], machine: Machine) throws(ConfigurationError) {
        workers = machine.cores
        nodeName = machine.freshNodeName()
        advertiseHost = ""
        edge.maximumConnections = max(1, machine.descriptorLimit / 5 * 4)
        for variable in ConfigurationVariable.all {
            // Compose files pass unset variables on as empty ones.
            let given = flags[variable.name] ?? environment[variable.name].flatMap { $0.isEmpty ? nil : $0 }
            if let given { try variable.set(given, in: &self) }
        }
        try complete(machine)
    }

    private mutating func complete(_ machine: Machine) throws(ConfigurationError) {
        try read(redisURLFile, insteadOf: "REDIS_URL", isGiven: redis != nil)
        try read(
            redisSentinelPasswordFile, insteadOf: "REDIS_SENTINEL_PASSWORD", isGiven: redisSentinelPassword != nil)
        try read(secretFile, insteadOf: "CLUSTER_SECRET", isGiven: secret != nil)
        try read(
            previousSecretFile, insteadOf: "CLUSTER_SECRET_PREVIOUS", isGiven: previousSecret != nil, mayBeEmpty: true)
        try read(
            files.secretKeyFile, insteadOf: "AWS_SECRET_ACCESS_KEY", isGiven: files.secretKey != nil)
        if redis != nil && secret == nil {
            throw ConfigurationError(
                "CLUSTER_SECRET is required with REDIS_URL: set it to \(Self.secretRule), the same on every node")
        }
        if redisSentinelUser != nil || redisSentinelPassword != nil {
            guard case .sentinels? = redis?.kind else {
                throw ConfigurationError(
                    "REDIS_SENTINEL_USER and REDIS_SENTINEL_PASSWORD need a REDIS_URL that starts with redis-sentinel://"
                )
            }
            guard redisSentinelPassword != nil else {
                throw ConfigurationError("REDIS_SENTINEL_USER is set without REDIS_SENTINEL_PASSWORD: set both")
            }
        }
        try completeRedisTLS()
        try completeSignIn()
        try completeFiles()
        try completeRoomLifetimes()
        try completePush()
        switch (tlsCertificate, tlsKey) {
        case (nil, nil): break
        case (let certificate?, let key?):
            for (variable, path) in [("TLS_CERT", certificate), ("TLS_KEY", key)]
            where !FileManager.default.isReadableFile(atPath: path) {
                throw ConfigurationError(variable: variable, value: path, expected: "a readable file")
            }
            edge.tls = EdgeConfiguration.TLSFiles(certificate: certificate, key: key)
        case (nil, _): throw ConfigurationError("TLS_KEY is set without TLS_CERT: set both")
        case (_, nil): throw ConfigurationError("TLS_CERT is set without TLS_KEY: set both")
        }
        if let admin = edge.adminPort, admin == edge.port {
            throw ConfigurationError("ADMIN_PORT must not equal PORT: unset it to serve everything on one port")
        }
        if edge.drainGrace > .zero, edge.drainGrace >= edge.drainLimit {
            throw ConfigurationError("DRAIN_GRACE must be less than DRAIN_SECONDS, which includes it")
        }
        // The remaining descriptors are for files, Redis and the event loops, which use three each on Linux.
        edge.maximumAccepted = max(1, machine.descriptorLimit - max(machine.descriptorLimit / 10, 32 + 4 * workers))
        edge.servesEcho = isDevelopment
        edge.staticDirectory = try machine.staticDirectory(given: edge.staticDirectory)
        let saysWhere = !advertiseHost.isEmpty
        if !saysWhere, Machine.isEverywhere(edge.host), let redis {
            detectHost = { [host = edge.host] in Machine.detectedHost(listeningOn: host, redis: redis) }
        }
        if !saysWhere { advertiseHost = machine.advertisedHost(listeningOn: edge.host, redis: redis) }
        // ADVERTISE_HOST may be a NAT address, so it also applies to gossip. Otherwise gossip advertises where it
        // listens.
        gossipAdvertiseHost = advertiseHost
        if !saysWhere, let gossipHost, !Machine.isEverywhere(gossipHost) { gossipAdvertiseHost = gossipHost }
    }

    private mutating func completeRoomLifetimes() throws(ConfigurationError) {
        let rooms = cluster.rooms
        if let days = rooms.unownedDays, days > rooms.idleDays {
            throw ConfigurationError(
                "GUEST_ROOM_TTL_DAYS must be at most ROOM_TTL_DAYS, which is \(rooms.idleDays): lower it, or raise the other"
            )
        }
        // Where some sign in, what they begin is theirs. Where nobody can, no room has to belong to anybody.
        if rooms.unownedDays == nil, signIn.mode == .both { cluster.rooms.unownedDays = min(7, rooms.idleDays) }
    }

    private mutating func completeRedisTLS() throws(ConfigurationError) {
        for (variable, path) in [
            ("REDIS_CA_FILE", redisCAFile), ("REDIS_CERT_FILE", redisCertificateFile), ("REDIS_KEY_FILE", redisKeyFile),
        ] where path != nil && !(redis?.usesTLS ?? false) {
            throw ConfigurationError(
                "\(variable) needs a REDIS_URL with TLS: rediss://, rediss-sentinel:// or rediss-cluster://")
        }
        if let path = redisCAFile, !RedisConfiguration.holdsCertificates(path) {
            throw ConfigurationError(
                variable: "REDIS_CA_FILE", value: path, expected: "a readable file with PEM certificates")
        }
        switch (redisCertificateFile, redisKeyFile) {
        case (nil, nil): break
        case (let chain?, let key?):
            guard RedisConfiguration.isPair(chain: chain, key: key) else {
                throw ConfigurationError(
                    variable: "REDIS_CERT_FILE", value: chain,
                    expected: "a readable file with PEM certificates, and REDIS_KEY_FILE one with its key")
            }
            redisCertificate = (chain, key)
        case (nil, _): throw ConfigurationError("REDIS_KEY_FILE is set without REDIS_CERT_FILE: set both")
        case (_, nil): throw ConfigurationError("REDIS_CERT_FILE is set without REDIS_KEY_FILE: set both")
        }
    }

    private mutating func read(
        _ path: String?, insteadOf target: String, isGiven: Bool, mayBeEmpty: Bool = false
    ) throws(ConfigurationError) {
        guard let path else { return }
        let variable = "\(target)_FILE"
        guard !isGiven else { throw ConfigurationError("\(variable) and \(target) are both set: use only one") }
        guard let data = FileManager.default.contents(atPath: path),
            let text = String(validating: data, as: UTF8.self)
        else { throw ConfigurationError(variable: variable, value: path, expected: "a readable text file") }
        guard let variable = ConfigurationVariable.all.first(where: { $0.name == target }) else {
            preconditionFailure("no setting \(target) in the table")
        }
        let value = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if !value.isEmpty || !mayBeEmpty { try variable.set(value, in: &self) }
    }
}
