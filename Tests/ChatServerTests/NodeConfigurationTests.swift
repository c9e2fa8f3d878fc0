import ChatModel
import Cluster
import Files
import Logging
import RedisClient
import S3
import TestSupport
import Testing
import WebEdge

@testable import ChatServer

@Suite struct NodeConfigurationTests {
    private static let secret = String(repeating: "s", count: 32)
    private let directory = TemporaryDirectory()
    private let machine: Machine

    init() throws {
        machine = try directory.machine()
    }

    private func resolve(
        flags: [String: String] = [:], _ environment: [String: String] = [:]
    ) throws -> NodeConfiguration {
        try NodeConfiguration(flags: flags, environment: environment, machine: machine)
    }

    private func complaint(_ environment: [String: String]) -> String? {
        #expect(throws: ConfigurationError.self) { try resolve(environment) }?.description
    }

    @Test func withoutVariablesANodeRunsStandalone() throws {
        let configuration = try resolve()
        #expect(configuration.redis == nil)
        #expect(configuration.edge.host == "0.0.0.0")
        #expect(configuration.edge.port == 8080)
        #expect(configuration.workers == 4)
        #expect(configuration.edge.maximumConnections == 800)
        #expect(configuration.edge.maximumAccepted == 900)
        #expect(configuration.socket.messageRate == 5)
        #expect(configuration.edge.drainGrace == .seconds(3))
        #expect(configuration.edge.staticDirectory == directory.path + "/frontend")
        #expect(!configuration.isDevelopment)
        #expect(configuration.nodeName.hasPrefix("some-host-"))
        #expect(ConfigurationVariable.isName(configuration.nodeName))
    }

    @Test func aCertificateForRedisNeedsItsKeyAndTLS() throws {
        let authority = try CertificateAuthority()
        let own = try authority.issue(to: "DNS:node")
        let secret = "0123456789abcdef0123456789abcdef"
        func complaint(_ url: String, _ more: [String: String]) -> String? {
            self.complaint(["REDIS_URL": url, "CLUSTER_SECRET": secret].merging(more) { $1 })
        }
        let pair = ["REDIS_CERT_FILE": own.certificate, "REDIS_KEY_FILE": own.key]
        let configuration = try resolve(
            ["REDIS_URL": "rediss-cluster://h", "CLUSTER_SECRET": secret, "REDIS_SHARDED": "off"].merging(pair) { $1 })
        #expect(configuration.redisCertificate?.chain == own.certificate && !configuration.redisSharded)
        #expect(complaint("redis://h", pair)?.contains("needs a REDIS_URL with TLS") == true)
        #expect(complaint("rediss://h", ["REDIS_CERT_FILE": own.certificate])?.contains("set both") == true)
        #expect(complaint("rediss://h", ["REDIS_KEY_FILE": own.key])?.contains("set both") == true)
        let swapped = ["REDIS_CERT_FILE": own.key, "REDIS_KEY_FILE": own.certificate]
        #expect(complaint("rediss://h", swapped)?.contains("PEM certificates") == true)
        #expect(complaint("redis-cluster://h", ["REDIS_SHARDED": "maybe"])?.contains("REDIS_SHARDED") == true)
    }

    @Test func flagsOverrideTheEnvironmentAndEmptyVariablesAreUnset() throws {
        #expect(try resolve(flags: ["PORT": "1"], ["PORT": "2"]).edge.port == 1)
        #expect(try resolve(["PORT": "2"]).edge.port == 2)
        #expect(try resolve(["PORT": ""]).edge.port == 8080)
    }

    @Test func everyVariableIsApplied() throws {
        let configuration = try resolve([
            "HOST": "127.0.0.1", "PORT": "0", "ADMIN_PORT": "9000", "WORKERS": "2",
            "ALLOWED_ORIGINS": "https://a.example, http://b.example:8080", "TRUSTED_PROXIES": "10.0.0.0/8,::1/128",
            "MAX_CONNECTIONS": "7", "MAX_MEMORY_MB": "512", "CONNECTIONS_PER_ADDRESS": "0", "MESSAGE_RATE": "0",
            "MESSAGE_BURST": "3", "MESSAGE_RATE_PER_ADDRESS": "7", "WRITE_MB_PER_ADDRESS": "6",
            "ROOMS_PER_ADDRESS": "8", "HISTORY_MB": "5", "HISTORY_LENGTH": "50", "ROOM_TTL_DAYS": "2",
            "GUEST_ROOM_TTL_DAYS": "1", "MAX_ROOMS": "9",
            "DEDUPE_SECONDS": "2",
            "REDIS_URL": "redis://redis.example:6380/2", "REDIS_SUBSCRIBERS": "3", "REDIS_WAIT_REPLICAS": "1",
            "KEY_PREFIX": "chat", "NODE_NAME": "n1", "ADVERTISE_HOST": "n1.example", "GOSSIP_HOST": "10.0.0.1",
            "GOSSIP_PORT": "7000", "CLUSTER_SECRET": Self.secret, "CLUSTER_SECRET_PREVIOUS": Self.secret + "p",
            "STATE_DIR": "/state", "DRAIN_GRACE": "0.5", "DRAIN_SECONDS": "9", "LOG_LEVEL": "DEBUG",
            "LOG_FORMAT": "json", "WEBCHAT_DEV": "1", "PROMETHEUS_MULTIPROC_DIR": "/tmp",
        ])
        let edge = configuration.edge
        #expect(edge.host == "127.0.0.1" && edge.port == 0 && edge.adminPort == 9000 && configuration.workers == 2)
        #expect(edge.allowedOrigins == ["https://a.example", "http://b.example:8080"])
        #expect(edge.trustedProxies.map(\.description) == ["10.0.0.0/8", "::1/128"])
        #expect(edge.maximumConnections == 7 && configuration.maximumMemoryMB == 512)
        #expect(edge.connectionsPerAddress == nil && configuration.socket.messageRate == 0)
        #expect(configuration.socket.messageBurst == 3 && configuration.socket.dedupeSeconds == 2)
        #expect(configuration.socket.messageRatePerAddress == 7 && configuration.socket.megabytesPerAddress == 6)
        #expect(configuration.socket.roomsPerAddress == 8)
        #expect(configuration.cluster.rooms.bytes == 5 * 1_048_576)
        #expect(configuration.cluster.rooms.messages == 50 && configuration.cluster.rooms.idleDays == 2)
        #expect(configuration.cluster.rooms.unownedDays == 1 && configuration.cluster.rooms.mostRooms == 9)
        #expect(configuration.cluster.rooms.dedupeSeconds == 2 && configuration.cluster.subscribers == 3)
        #expect(configuration.redis?.description == "redis://redis.example:6380/2")
        #expect(configuration.cluster.waitReplicas == 1 && configuration.cluster.keyPrefix == "chat")
        #expect(configuration.nodeName == "n1" && configuration.advertiseHost == "n1.example")
        #expect(configuration.gossipHost == "10.0.0.1" && configuration.gossipPort == 7000)
        #expect(configuration.secret == Array(Self.secret.utf8) && configuration.previousSecret?.count == 33)
        #expect(configuration.stateDirectory == "/state")
        #expect(edge.drainGrace == .milliseconds(500) && edge.drainLimit == .seconds(9))
        #expect(configuration.logLevel == .debug && configuration.logFormat == .json)
        #expect(configuration.isDevelopment && configuration.namesPrometheusDirectory)
    }

    @Test(arguments: [
        ("PORT", "80a"), ("PORT", "-1"), ("PORT", "65536"), ("PORT", " 80"), ("WORKERS", "0"),
        ("WORKERS", "99999999999999999999"), ("DRAIN_GRACE", "nan"), ("DRAIN_GRACE", "-1"), ("DRAIN_SECONDS", "inf"),
        ("HOST", "a b"), ("HOST", ":::1"), ("HOST", "fd00::zz"), ("GOSSIP_HOST", "1:2"),
        ("ADVERTISE_HOST", "::"), ("ADVERTISE_HOST", "0.0.0.0"), ("ADVERTISE_HOST", "[::1]:80"),
        ("ALLOWED_ORIGINS", "https://a.example/"), ("ALLOWED_ORIGINS", "a.example"),
        ("ALLOWED_ORIGINS", "https://A.example"), ("TRUSTED_PROXIES", "10.0.0.0/8,"),
        ("TRUSTED_PROXIES", "10.0.0.0/33"), ("KEY_PREFIX", "a{b}"), ("NODE_NAME", "a b"),
        ("NODE_NAME", String(repeating: "n", count: 65)), ("LOG_LEVEL", "loud"), ("LOG_FORMAT", "xml"),
        ("WEBCHAT_DEV", "maybe"), ("STATIC_DIR", "/nowhere"), ("REDIS_URL_FILE", "/nowhere"),
        ("CLUSTER_SECRET_FILE", "/nowhere"), ("CLUSTER_SECRET_PREVIOUS_FILE", "/nowhere"),
    ])
    func invalidValuesAreNamedInOneLine(variable: String, value: String) throws {
        let said = try #require(complaint([variable: value]))
        #expect(said.hasPrefix("\(variable) is \"\(value)\", but must be "))
        #expect(!said.contains("\n"))
    }

    @Test func aFileOfTheLargestSizeFitsIntoEachQuota() throws {
        func complaint(_ more: [String: String]) -> String? {
            self.complaint(["FILES_DIR": directory.path].merging(more) { $1 })
        }
        for name in ["FILES_MB_PER_USER", "FILES_MB_PER_ADDRESS", "FILES_MB"] {
            #expect(complaint([name: "9"])?.contains("FILE_BYTES (10485760 bytes), as \(name) is 9") == true)
            #expect(complaint([name: "1", "FILE_BYTES": "1048577"])?.contains("raise \(name)") == true)
            for given in [
                [name: "1", "FILE_BYTES": "1048576"], [name: "10"], [name: "0", "FILE_BYTES": "1073741824"],
            ] {
                let others = ["FILES_MB_PER_USER": "0", "FILES_MB_PER_ADDRESS": "0"].merging(given) { $1 }
                let files = try resolve(["FILES_DIR": directory.path].merging(others) { $1 }).files.configuration
                #expect(files != nil)
            }
        }
        #expect(try resolve(["FILES_DIR": directory.path]).files.configuration != nil)
    }

    @Test func filesMayBeInABucket() throws {
        let url = "https://s3.eu-central-1.amazonaws.com/pictures"
        let secret = try directory.write("hush\n", to: "s3")
        let settings = ["FILES_S3_URL": url, "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY_FILE": secret]
        let bucket = S3Configuration(
            try S3Location(url), credentials: S3Credentials(accessKey: "k", secretKey: "hush"), region: "eu-central-1")
        #expect(try resolve(settings).files.configuration?.place == .bucket(bucket))
        #expect(complaint(settings.merging(["AWS_SECRET_ACCESS_KEY": "x"]) { $1 })?.contains("both set") == true)
        #expect(complaint(settings.merging(["AWS_ACCESS_KEY_ID": "a b"]) { $1 })?.contains("printable") == true)
        #expect(complaint(["FILES_S3_REGION": "eu-west-1"]) == "FILES_S3_REGION needs FILES_S3_URL")
        // Credentials alone may be for other programs.
        let others = ["AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"]
        #expect(try resolve(others).files.configuration == nil)
    }

    @Test func invalidValuesArePrintedSafely() throws {
        let said = try #require(complaint(["PORT": "80\n\u{1B}[31mred"]))
        #expect(said.hasPrefix("PORT is \"80\\n\\u{1B}[31mred\", but"))
    }

    @Test func roomsOfGuestsExpireSoonerWhereOthersSignIn() throws {
        func days(_ environment: [String: String]) throws -> Int? {
            try resolve(environment.merging(["TRUSTED_PROXIES": "10.0.0.1"]) { $1 }).cluster.rooms.unownedDays
        }
        let users = ["AUTH": "both", "AUTH_HEADER": "X-User"]
        #expect(try days([:]) == nil)
        #expect(try days(["AUTH": "users", "AUTH_HEADER": "X-User"]) == nil)
        #expect(try days(users) == 7)
        #expect(try days(users.merging(["ROOM_TTL_DAYS": "3"]) { $1 }) == 3)
        #expect(try days(users.merging(["GUEST_ROOM_TTL_DAYS": "30"]) { $1 }) == 30)
        #expect(try days(["GUEST_ROOM_TTL_DAYS": "30"]) == 30)
        let said = complaint(["GUEST_ROOM_TTL_DAYS": "4", "ROOM_TTL_DAYS": "3"])
        #expect(said?.contains("GUEST_ROOM_TTL_DAYS must be at most ROOM_TTL_DAYS, which is 3") == true)
        #expect(try resolve(["MAX_ROOMS": "0"]).cluster.rooms.mostRooms == nil)
        #expect(try resolve().cluster.rooms.mostRooms == 100_000)
    }

    @Test(arguments: ["CLUSTER_SECRET", "CLUSTER_SECRET_PREVIOUS"])
    func shortSecretsAreRejectedAndNotPrinted(variable: String) throws {
        let said = try #require(complaint([variable: "hunter2"]))
        #expect(said.hasPrefix("\(variable) must be at least 32 bytes"))
        #expect(!said.contains("hunter2"))
    }

    @Test func invalidRedisURLsAreRejectedAndNotPrinted() throws {
        let said = try #require(complaint(["REDIS_URL": "http://user:hunter2@redis"]))
        #expect(said.hasPrefix("REDIS_URL is invalid: ") && said.contains("redis://"))
        #expect(!said.contains("hunter2"))
    }

    @Test(arguments: [
        ("redis://::1:6379", "[ ]"), ("redis://fd00:57::99", "[ ]"), ("redis://[fd00::1:6380", "[ without ]"),
        ("[::1]:6379", "redis://"), ("redis://h/abc", "database"), ("redis://h:99999", "port"),
        ("redis://:p%zz@h", "%"), ("redis://:hunter2#@h", "%23"), ("redis://h?x=1", "?"),
    ])
    func theErrorSaysWhatIsWrongWithARedisURL(url: String, hint: String) throws {
        let said = try #require(complaint(["REDIS_URL": url]))
        #expect(said.hasPrefix("REDIS_URL is invalid: ") && said.contains(hint), "\(said)")
        #expect(!said.contains("hunter2"))
    }

    @Test func servicesMustNotShareAPort() {
        #expect(complaint(["PORT": "9000", "ADMIN_PORT": "9000"])?.contains("ADMIN_PORT") == true)
    }

    @Test func redisNeedsASecret() throws {
        #expect(complaint(["REDIS_URL": "redis://redis"])?.contains("CLUSTER_SECRET is required") == true)
        #expect(try resolve(["REDIS_URL": "redis://redis", "CLUSTER_SECRET": Self.secret]).redis != nil)
    }

    @Test func secretsAndURLsMayComeFromFiles() throws {
        let secret = try directory.write("\(Self.secret)\n", to: "secret")
        let url = try directory.write("redis://:hunter2@redis:6379/1\n", to: "url")
        let configuration = try resolve(["REDIS_URL_FILE": url, "CLUSTER_SECRET_FILE": secret])
        #expect(configuration.secret == Array(Self.secret.utf8))
        #expect(configuration.redis?.password == "hunter2")

        #expect(complaint(["CLUSTER_SECRET_FILE": secret, "CLUSTER_SECRET": Self.secret])?.contains("both") == true)
        let short = try directory.write("short", to: "short")
        #expect(complaint(["CLUSTER_SECRET_FILE": short])?.hasPrefix("CLUSTER_SECRET must be") == true)
    }

    @Test func thePreviousSecretMayComeFromAFileWhichMayBeEmpty() throws {
        let variable = "CLUSTER_SECRET_PREVIOUS_FILE"
        let secret = try directory.write("\(Self.secret)\n", to: "previous")
        #expect(try resolve([variable: secret]).previousSecret == Array(Self.secret.utf8))
        #expect(complaint([variable: secret, "CLUSTER_SECRET_PREVIOUS": Self.secret])?.contains("both") == true)
        let none = try directory.write("\n", to: "none")
        #expect(try resolve([variable: none]).previousSecret == nil)
        #expect(complaint(["CLUSTER_SECRET_FILE": none])?.hasPrefix("CLUSTER_SECRET must be") == true)
        let short = try directory.write("hunter2", to: "short")
        #expect(complaint([variable: short])?.hasPrefix("CLUSTER_SECRET_PREVIOUS must be at least") == true)
    }

    @Test(arguments: [
        (["HOST": "10.0.0.1"], "10.0.0.1"), (["HOST": "10.0.0.1", "GOSSIP_HOST": "10.0.0.2"], "10.0.0.2"),
        (["HOST": "10.0.0.1", "GOSSIP_HOST": "0.0.0.0"], "10.0.0.1"),
        (["GOSSIP_HOST": "172.17.0.2", "ADVERTISE_HOST": "n1.example"], "n1.example"),
        (["GOSSIP_HOST": "0.0.0.0", "ADVERTISE_HOST": "n1.example"], "n1.example"),
    ])
    func gossipIsAdvertisedWhereItListensByDefault(environment: [String: String], host: String) throws {
        #expect(try resolve(environment).gossipAdvertiseHost == host)
    }

    @Test func tlsNeedsBothFiles() throws {
        let certificate = try directory.write("c", to: "cert.pem")
        let key = try directory.write("k", to: "key.pem")
        let tls = try resolve(["TLS_CERT": certificate, "TLS_KEY": key]).edge.tls
        #expect(tls?.certificate == certificate && tls?.key == key)
        #expect(complaint(["TLS_CERT": certificate])?.contains("TLS_KEY") == true)
        #expect(complaint(["TLS_KEY": key])?.contains("TLS_CERT") == true)
        #expect(complaint(["TLS_CERT": certificate, "TLS_KEY": "/nowhere"])?.hasPrefix("TLS_KEY is") == true)
    }

    @Test func theGracePeriodIsPartOfTheDrain() throws {
        #expect(complaint(["DRAIN_GRACE": "25"])?.hasPrefix("DRAIN_GRACE must be less than DRAIN_SECONDS") == true)
        #expect(try resolve(["DRAIN_GRACE": "0", "DRAIN_SECONDS": "0"]).edge.drainLimit == .zero)
    }

    @Test func helpNamesEveryFlag() {
        for variable in ConfigurationVariable.all { #expect(ConfigurationTable.help.contains("  \(variable.flag)  ")) }
        #expect(Set(ConfigurationVariable.all.map(\.name)).count == ConfigurationVariable.all.count)
    }
}
