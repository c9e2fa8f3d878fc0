import ChatModel
import Cluster
import CoreMetrics
import Logging
import NIOCore
import NIOPosix
import RedisClient
import Supervision
import TestSupport

/// The Redis side of one node: its connections, and the seams over them.
struct RedisNode {
    let incarnation: NodeIncarnation
    let relay: RedisRelay
    /// Not running: `eraseNext` does one room, some entries at a time.
    let erasures: RedisErasures
    let journeys: RedisJourneys
    let log: RedisRoomLog
    let presence: RedisPresenceStore
    let index: RedisRoomIndex
    let userRooms: RedisUserRooms
    let devices: RedisUserDevices
    let pushes: RedisPushStore
    let administration: RedisRoomAdministration
    let addressBans: RedisAddressBans
    let files: RedisFileIndex
    let redis: RedisService
    let receiver = RecordingReceiver()

    /// Of the only shard.
    var memory: RedisMemoryCheck { redis.shards.all[0].memory }

    /// Gives `body` a connected node, which has let go of Redis when this returns or throws.
    static func with<Value: Sendable>(
        _ server: RedisServer, name: String = "n1", configuration: ClusterConfiguration = ClusterConfiguration(),
        commandTimeout: TimeAmount = .seconds(5), _ body: (RedisNode) async throws -> Value
    ) async throws -> Value {
        try await with(
            server.url, name: name, configuration: configuration, commandTimeout: commandTimeout, body)
    }

    static func with<Value: Sendable>(
        _ url: String, name: String = "n1", configuration: ClusterConfiguration = ClusterConfiguration(),
        sharded: Bool = true, commandTimeout: TimeAmount = .seconds(5), _ body: (RedisNode) async throws -> Value
    ) async throws -> Value {
        let redis = RedisConfiguration(
            url: try RedisURL(url), shardedPubSub: sharded, commandTimeout: commandTimeout,
            reconnect: Backoff(base: .milliseconds(5), cap: .milliseconds(20)))
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let node = RedisNode(redis, name: name, configuration: configuration, logger: quiet)
        let policy = RestartPolicy(forever: redis.reconnect)
        let supervisor = Supervisor(
            name, children: node.redis.children + [SupervisedChild("presence", policy: policy, service: node.presence)],
            logger: quiet)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await supervisor.run() }
            defer { group.cancelAll() }
            let isConnected = await eventually {
                let shards = node.redis.shards.all
                return !shards.isEmpty && shards.allSatisfy { $0.health.unreadyReason == nil }
            }
            guard isConnected else { throw RelayError(.unavailable, "the node did not connect to \(url)") }
            return try await body(node)
        }
    }

    private init(_ redis: RedisConfiguration, name: String, configuration: ClusterConfiguration, logger: Logger) {
        let metrics = ClusterMetrics(factory: NOOPMetricsHandler.instance)
        let keys = RoomKeys(
            prefix: configuration.keyPrefix, database: redis.url.database, sharded: redis.isSharded)
        let own = NodeIncarnation(name: name, generation: 7)
        let service = RedisService(
            redis, subscribers: 1, setup: RoomScripts.setup(), on: MultiThreadedEventLoopGroup.singleton,
            metrics: metrics.redis, logger: logger)
        let shards = service.shards
        incarnation = own
        self.redis = service
        index = RedisRoomIndex(shards: shards, keys: keys, limits: configuration.rooms)
        userRooms = RedisUserRooms(shards: shards, keys: keys, limits: configuration.rooms)
        devices = RedisUserDevices(shards: shards, keys: keys, limits: configuration.rooms)
        pushes = RedisPushStore(shards: shards, keys: keys, node: incarnation, limits: configuration.rooms)
        administration = RedisRoomAdministration(shards: shards, keys: keys, index: index)
        var pace = ErasurePace()
        pace.settling = .milliseconds(1)
        pace.entriesAtOnce = 7
        pace.pause = .zero
        pace.restPerEntry = .milliseconds(1)
        erasures = RedisErasures(
            shards: shards, keys: keys, node: name, pace: pace, metrics: metrics, logger: logger)
        addressBans = RedisAddressBans(shards: shards, keys: keys)
        files = RedisFileIndex(shards: shards, keys: keys)
        relay = RedisRelay(
            shards: shards, index: index, userRooms: userRooms, erasures: erasures, keys: keys,
            configuration: configuration, node: name,
            metrics: metrics,
            logger: logger)
        log = RedisRoomLog(shards: shards, keys: keys, metrics: metrics)
        presence = RedisPresenceStore(shards: shards, keys: keys, configuration: configuration, node: own)
        journeys = RedisJourneys(shards: shards, keys: keys, clock: { _ in nil })
        relay.attach(receiver)
    }

    var backend: TestedBackend {
        TestedBackend(
            node: incarnation, relay: relay, journeys: journeys, log: log, presence: presence, index: index,
            userRooms: userRooms, devices: devices, pushes: pushes, administration: administration,
            addressBans: addressBans, files: files,
            receiver: receiver)
    }
}
