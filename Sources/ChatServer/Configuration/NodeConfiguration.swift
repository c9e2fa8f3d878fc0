import Actors
import Cluster
import Foundation
import Logging
import Supervision
import WebEdge

/// Everything that an operator can say about a node, resolved and checked: flag, then environment, then default. The
/// one reader of the environment; every other part of the node gets a struct of its own.
struct NodeConfiguration: Sendable {
    static let minimumSecretLength = 32
    static let secretRule = "at least \(minimumSecretLength) bytes, for example from: openssl rand -hex 32"

    var workers: Int
    var nodeName: String
    var edge = EdgeConfiguration(staticDirectory: "")
    var socket = SocketConfiguration()
    var cluster = ClusterConfiguration()
    var actors = ActorsConfiguration()
    /// For Redis' connections, and for the node's other services.
    var redisBackoff = Backoff(base: .milliseconds(100), cap: .seconds(1))
    var serviceBackoff = Backoff(base: .milliseconds(200), cap: .seconds(5))
    /// `nil`: a node on its own, with everything in memory.
    var redis: RedisURL?
    /// PEM certificates that are trusted instead of the system's.
    var redisCAFile: String?
    /// How other nodes reach this one; and its gossip, which may listen elsewhere.
    var advertiseHost: String
    var gossipAdvertiseHost = ""
    var gossipHost: String?
    var gossipPort = 0
    var secret: [UInt8]?
    var previousSecret: [UInt8]?
    var stateDirectory: String?
    var maximumMemoryMB: Int?
    var isDevelopment = false
    var logLevel = Logger.Level.info
    var logFormat = LogFormat.text
    /// `PROMETHEUS_MULTIPROC_DIR` is given: the log says once that it is not used.
    var namesPrometheusDirectory = false

    // What is given as files or in parts, until `complete` has put it together.
    var redisURLFile: String?
    var secretFile: String?
    var previousSecretFile: String?
    var tlsCertificate: String?
    var tlsKey: String?

    /// - `flags`: by the name of the variable.
    init(
        flags: [String: String], environment: [String: String], surroundings: Surroundings
    ) throws(ConfigurationError) {
        workers = surroundings.cores
        nodeName = surroundings.freshNodeName()
        advertiseHost = ""
        edge.maximumConnections = max(1, surroundings.descriptorLimit / 5 * 4)
        for variable in ConfigurationVariable.all {
            // An empty variable is one that is not set: compose files pass those on.
            let given = flags[variable.name] ?? environment[variable.name].flatMap { $0.isEmpty ? nil : $0 }
            if let given { try variable.set(given, in: &self) }
        }
        try complete(surroundings)
    }

    private mutating func complete(_ surroundings: Surroundings) throws(ConfigurationError) {
        if let path = redisURLFile {
            try read(path, variable: "REDIS_URL_FILE", insteadOf: "REDIS_URL", isGiven: redis != nil)
        }
        if let path = secretFile {
            try read(path, variable: "CLUSTER_SECRET_FILE", insteadOf: "CLUSTER_SECRET", isGiven: secret != nil)
        }
        if let path = previousSecretFile {
            let target = "CLUSTER_SECRET_PREVIOUS"
            try read(
                path, variable: "\(target)_FILE", insteadOf: target, isGiven: previousSecret != nil, mayBeEmpty: true)
        }
        if redis != nil && secret == nil {
            throw ConfigurationError(
                "CLUSTER_SECRET is missing: with REDIS_URL it must be \(Self.secretRule), the same on every node")
        }
        if let path = redisCAFile {
            guard redis?.usesTLS ?? false else {
                throw ConfigurationError("REDIS_CA_FILE is given, but REDIS_URL does not begin with rediss://")
            }
            guard RedisConfiguration.holdsCertificates(path) else {
                throw ConfigurationError(
                    variable: "REDIS_CA_FILE", value: path, mayBe: "a file of PEM certificates that can be read")
            }
        }
        switch (tlsCertificate, tlsKey) {
        case (nil, nil): break
        case (let certificate?, let key?):
            for (variable, path) in [("TLS_CERT", certificate), ("TLS_KEY", key)]
            where !FileManager.default.isReadableFile(atPath: path) {
                throw ConfigurationError(variable: variable, value: path, mayBe: "a file that can be read")
            }
            edge.tls = EdgeConfiguration.TLSFiles(certificate: certificate, key: key)
        case (nil, _): throw ConfigurationError("TLS_KEY is given without TLS_CERT: TLS needs both")
        case (_, nil): throw ConfigurationError("TLS_CERT is given without TLS_KEY: TLS needs both")
        }
        if edge.drainGrace > .zero, edge.drainGrace >= edge.drainLimit {
            throw ConfigurationError(
                "DRAIN_GRACE must be less than DRAIN_SECONDS: the grace is a part of the time that a drain may take")
        }
        // What is left is for files, Redis, and the event loops, which hold three each on Linux.
        edge.maximumAccepted = max(
            1, surroundings.descriptorLimit - max(surroundings.descriptorLimit / 10, 32 + 4 * workers))
        edge.servesEcho = isDevelopment
        edge.staticDirectory = try surroundings.staticDirectory(given: edge.staticDirectory)
        let saysWhere = !advertiseHost.isEmpty
        if !saysWhere { advertiseHost = surroundings.advertisedHost(listeningOn: edge.host) }
        // Who says so knows of address translations on the way; otherwise, where gossip listens is where it is reached.
        gossipAdvertiseHost = advertiseHost
        if !saysWhere, let gossipHost, !Surroundings.isEverywhere(gossipHost) { gossipAdvertiseHost = gossipHost }
    }

    private mutating func read(
        _ path: String, variable: String, insteadOf target: String, isGiven: Bool, mayBeEmpty: Bool = false
    ) throws(ConfigurationError) {
        guard !isGiven else { throw ConfigurationError("\(variable) and \(target) are both given: use one of them") }
        guard let data = FileManager.default.contents(atPath: path),
            let text = String(validating: data, as: UTF8.self)
        else { throw ConfigurationError(variable: variable, value: path, mayBe: "a file of text that can be read") }
        guard let variable = ConfigurationVariable.all.first(where: { $0.name == target }) else {
            preconditionFailure("no variable \(target) in the table")
        }
        let value = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if !value.isEmpty || !mayBeEmpty { try variable.set(value, in: &self) }
    }
}
