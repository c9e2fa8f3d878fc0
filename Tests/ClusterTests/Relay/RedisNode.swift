import ChatModel
import Cluster
import CoreMetrics
import Logging
import NIOCore
import NIOPosix
import RedisClient
import TestSupport

/// The Redis side of one node: its connections, and the seams over them.
struct RedisNode {
    let incarnation: NodeIncarnation
    let relay: RedisRelay
    let journeys: RedisJourneys
    let log: RedisRoomLog
    let presence: RedisPresenceStore
    let index: RedisRoomIndex
    let memory: RedisMemoryCheck
    let receiver = RecordingReceiver()
    private let publisher: RedisLink
    private let reader: RedisLink
    private let subscriber: RedisSubscriber

    /// Gives `body` a connected node, which has let go of Redis when this returns or throws.
    static func with<Value>(
        _ server: RedisServer, name: String = "n1", configuration: ClusterConfiguration = ClusterConfiguration(),
        commandTimeout: TimeAmount = .seconds(5), _ body: (RedisNode) async throws -> Value
    ) async throws -> Value {
        let node = try RedisNode(server, name: name, configuration: configuration, commandTimeout: commandTimeout)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await keepRunning { try await node.publisher.run() } }
            group.addTask { await keepRunning { try await node.reader.run() } }
            group.addTask { await keepRunning { try await node.subscriber.run() } }
            group.addTask { await keepRunning { try await node.presence.run() } }
            group.addTask { await keepRunning { try await node.memory.run() } }
            defer { group.cancelAll() }
            guard await eventually({ node.publisher.isConnected && node.reader.isConnected }) else {
                throw RelayError(.unavailable, "the node did not connect to \(server.url)")
            }
            return try await body(node)
        }
    }

    private init(
        _ server: RedisServer, name: String, configuration: ClusterConfiguration, commandTimeout: TimeAmount
    ) throws {
        let url = try RedisURL(server.url)
        let redis = RedisConfiguration(url: url, commandTimeout: commandTimeout)
        let metrics = ClusterMetrics(factory: NOOPMetricsHandler.instance)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let health = RedisHealth(metrics: metrics.redis, logger: logger)
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        func link(_ purpose: RedisPurpose, _ setup: [RedisCommand]) -> RedisLink {
            RedisLink(
                purpose, configuration: redis, setup: setup, on: eventLoop, metrics: metrics.redis, health: health,
                logger: logger)
        }
        let keys = RoomKeys(prefix: configuration.keyPrefix, database: url.database)
        let own = NodeIncarnation(name: name, generation: 7)
        incarnation = own
        publisher = link(.publish, RoomScripts.publishSetup)
        reader = link(.read, RoomScripts.readSetup)
        subscriber = RedisSubscriber(
            0, configuration: redis, on: eventLoop, metrics: metrics.redis, health: health, logger: logger)
        index = RedisRoomIndex(link: reader, keys: keys, limits: configuration.rooms)
        memory = RedisMemoryCheck(link: reader, metrics: metrics.redis, logger: logger)
        relay = RedisRelay(
            publisher: publisher, subscribers: [subscriber], index: index, keys: keys, memory: memory,
            configuration: configuration, node: name, metrics: metrics)
        log = RedisRoomLog(link: reader, keys: keys, metrics: metrics)
        presence = RedisPresenceStore(link: reader, keys: keys, configuration: configuration, node: own)
        journeys = RedisJourneys(link: publisher, keys: keys, clock: { nil })
        relay.attach(receiver)
    }

    /// What a supervisor does, as fast as it goes.
    private static func keepRunning(_ run: () async throws -> Void) async {
        while !Task.isCancelled {
            try? await run()
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    var backend: TestedBackend {
        TestedBackend(
            node: incarnation, relay: relay, journeys: journeys, log: log, presence: presence, index: index,
            receiver: receiver)
    }
}
