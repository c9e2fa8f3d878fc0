import ChatModel
import Cluster
import Embedded
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing

/// Relay, log, presence and index of one node, whatever is behind them. The tests that take a `Kind` run against all:
/// an embedded node must not behave differently from a cluster.
struct TestedBackend: Sendable {
    enum Kind: String, CaseIterable, CustomTestStringConvertible {
        case memory, redis, cluster
        var testDescription: String { rawValue }
    }

    let node: NodeIncarnation
    let relay: any Relay
    let journeys: any JourneyRelay
    let log: any RoomLog
    let presence: any PresenceStore
    let index: any RoomIndex
    let userRooms: any UserRooms
    let devices: any UserDevices
    let pushes: any PushStore
    let administration: any RoomAdministration
    let addressBans: any AddressBans
    let files: any FileIndex
    let receiver: RecordingReceiver
    let eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next()
    /// FLUSHALL, or what is the same in memory.
    var removeAll: @Sendable () throws -> Void = {}
    /// Lets the log's clock go on by at least a millisecond.
    var tick: @Sendable () async throws -> Void = {}
    /// Lets so much time pass that no key is remembered any more.
    var outliveKeys: @Sendable () async throws -> Void = {}

    static func with(
        _ kind: Kind, configuration: ClusterConfiguration = ClusterConfiguration(),
        _ body: (TestedBackend) async throws -> Void
    ) async throws {
        switch kind {
        case .memory: try await body(memory(configuration))
        case .cluster: try await withCluster(configuration, body)
        case .redis:
            try await withRedis(configuration) { backend, server in
                var backend = backend
                backend.removeAll = { try server.cli("FLUSHALL") }
                backend.tick = {
                    let before = try server.time()
                    _ = try await eventually { try server.time() > before }
                }
                backend.outliveKeys = {
                    _ = try await eventually { try server.cli("--scan", "--pattern", "*:key:*").isEmpty }
                }
                try await body(backend)
            }
        }
    }

    /// Redis, and the server behind it.
    static func withRedis(
        _ configuration: ClusterConfiguration = ClusterConfiguration(), commandTimeout: TimeAmount = .seconds(5),
        _ body: (TestedBackend, RedisServer) async throws -> Void
    ) async throws {
        try await withRedisServer { server in
            try await RedisNode.with(server, configuration: configuration, commandTimeout: commandTimeout) {
                try await body($0.backend, server)
            }
        }
    }

    /// A Redis Cluster, and all its servers.
    private static func withCluster(
        _ configuration: ClusterConfiguration, _ body: (TestedBackend) async throws -> Void
    ) async throws {
        try await withRedisCluster(primaries: 2) { cluster in
            try await RedisNode.with(cluster.url, configuration: configuration) { node in
                var backend = node.backend
                backend.removeAll = { for server in cluster.servers { try server.cli("FLUSHALL") } }
                backend.tick = {
                    for server in cluster.servers {
                        let before = try server.time()
                        _ = try await eventually { try server.time() > before }
                    }
                }
                backend.outliveKeys = {
                    for server in cluster.servers {
                        _ = try await eventually { try server.cli("--scan", "--pattern", "*:key:*").isEmpty }
                    }
                }
                try await body(backend)
            }
        }
    }

    private static func memory(_ configuration: ClusterConfiguration) -> TestedBackend {
        let clock = ManualMilliseconds()
        let node = NodeIncarnation(name: "n1", generation: 7)
        let store = EmbeddedBackend(node: node, limits: configuration.rooms, now: { clock.now }, uptime: { clock.now })
        let receiver = RecordingReceiver()
        store.attach(receiver)
        return TestedBackend(
            node: node, relay: store, journeys: store, log: store, presence: store, index: store,
            userRooms: store, devices: store.devices, pushes: store.pushes, administration: store,
            addressBans: store, files: store, receiver: receiver,
            removeAll: { store.removeAll() },
            tick: { clock.advance(by: 1) },
            outliveKeys: { clock.advance(by: Int64(configuration.rooms.dedupeSeconds) * 1000) })
    }
}

extension RedisServer {
    /// Microseconds since 1970, by the server's clock.
    func time() throws -> Int {
        let parts = try cli("TIME").split(separator: "\n").compactMap { Int($0) }
        guard parts.count == 2 else { throw RelayError(.refused, "redis-cli TIME printed \(parts)") }
        return parts[0] * 1_000_000 + parts[1]
    }
}

/// Expects that `body` fails with this code.
func expectRelayError<Value: Sendable>(
    _ code: RelayError.Code, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Value
) async {
    let error = await #expect(throws: RelayError.self, sourceLocation: sourceLocation) { try await body() }
    #expect(error?.code == code, sourceLocation: sourceLocation)
}

// MARK: - The seams, awaited

extension TestedBackend {
    func draft(
        _ text: String, user: String = "u1", name: String = "Ann", key: String = "", plain: PlainForm? = nil,
        re: MessageID? = nil, files: [SharedFile] = []
    ) -> MessageDraft {
        MessageDraft(
            user: UserID(user), name: name, text: text, key: key, plain: plain, re: re, files: files)
    }

    @discardableResult
    func act(
        _ act: MessageAct, _ text: String = "", by user: String = "u1", key: String = ""
    ) async throws -> MessageID {
        let draft = MessageDraft(user: UserID(user), name: user, text: text, key: key, act: act)
        return try await publish(draft).position.id
    }

    @discardableResult
    func publish(_ draft: MessageDraft, to room: RoomName = .lobby) async throws -> PublishReceipt {
        try await publish([draft], to: room)[0].get()
    }

    /// Publishes in calls of different sizes, or of the given one, without waiting in between.
    func publish(
        _ drafts: [MessageDraft], to room: RoomName = .lobby, atOnce: Int? = nil
    ) async throws -> [Result<PublishReceipt, RelayError>] {
        let (relay, eventLoop) = (relay, eventLoop)
        var answers: [EventLoopFuture<[Result<PublishReceipt, RelayError>]>] = []
        var rest = drafts[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(atOnce ?? [1, 3, 17, 64][answers.count % 4]))
            rest = rest.dropFirst(batch.count)
            let answer = eventLoop.makePromise(of: [Result<PublishReceipt, RelayError>].self)
            answers.append(answer.futureResult)
            eventLoop.execute {
                relay.publish(batch, to: room, on: eventLoop) { results in
                    eventLoop.preconditionInEventLoop()
                    answer.succeed(results)
                }
            }
        }
        return try await EventLoopFuture.whenAllSucceed(answers, on: eventLoop).get().flatMap(\.self)
    }

    func signal(_ signal: RoomSignal, to room: RoomName = .lobby) async throws {
        let (relay, eventLoop) = (relay, eventLoop)
        try await eventLoop.submit { relay.signal(signal, to: room, on: eventLoop) }.get()
    }

    /// - Returns: how many heard it.
    func ask(_ question: JourneyQuestion, in room: RoomName = .lobby) async throws -> Int {
        let (journeys, eventLoop) = (journeys, eventLoop)
        let answer = eventLoop.makePromise(of: Int.self)
        eventLoop.execute {
            journeys.ask(question, in: room, on: eventLoop) { answer.completeWith($0.mapError { $0 }) }
        }
        return try await answer.futureResult.get()
    }

    func answer(_ answer: JourneyAnswer, to node: String) async throws {
        let (journeys, eventLoop) = (journeys, eventLoop)
        try await eventLoop.submit { journeys.answer(answer, to: node, on: eventLoop) }.get()
    }

    func subscribe(to room: RoomName = .lobby) async throws {
        let (relay, eventLoop) = (relay, eventLoop)
        let stands = eventLoop.makePromise(of: Void.self)
        eventLoop.execute { relay.subscribe(to: room, on: eventLoop) { stands.succeed() } }
        try await stands.futureResult.get()
    }

    func unsubscribe(from room: RoomName = .lobby) async throws {
        let (relay, eventLoop) = (relay, eventLoop)
        try await eventLoop.submit { relay.unsubscribe(from: room, on: eventLoop) }.get()
    }

    func read(_ range: LogRange, of room: RoomName = .lobby, for reader: LogReader = .room) async throws -> LogPage {
        let (log, eventLoop) = (log, eventLoop)
        let answer = eventLoop.makePromise(of: LogPage.self)
        eventLoop.execute {
            log.read(range, of: room, for: reader, on: eventLoop) { answer.completeWith($0.mapError { $0 }) }
        }
        return try await answer.futureResult.get()
    }

    func rooms(of user: UserID) async throws -> [RoomName] {
        let (userRooms, eventLoop) = (userRooms, eventLoop)
        let answer = eventLoop.makePromise(of: [RoomName].self)
        eventLoop.execute {
            userRooms.rooms(of: user, on: eventLoop) { answer.completeWith($0.mapError { $0 }) }
        }
        return try await answer.futureResult.get()
    }

    func read(_ positions: [ReadPosition], by user: UserID, at socket: UInt64 = 1) async throws {
        let (devices, eventLoop, node) = (devices, eventLoop, node.name)
        let answer = eventLoop.makePromise(of: Void.self)
        eventLoop.execute {
            let origin = SocketOrigin(node: node, socket: SocketID(socket))
            devices.read(positions, by: user, at: origin, on: eventLoop) { answer.completeWith($0.mapError { $0 }) }
        }
        try await answer.futureResult.get()
    }

    func positions(of user: UserID) async throws -> Set<ReadPosition> {
        let (devices, eventLoop) = (devices, eventLoop)
        let answer = eventLoop.makePromise(of: [ReadPosition].self)
        eventLoop.execute {
            devices.positions(of: user, on: eventLoop) { answer.completeWith($0.mapError { $0 }) }
        }
        return Set(try await answer.futureResult.get())
    }

    func take(_ link: String, to user: UserID) async throws -> Bool {
        let (devices, eventLoop) = (devices, eventLoop)
        let answer = eventLoop.makePromise(of: Bool.self)
        eventLoop.execute {
            devices.take(link: link, to: user, on: eventLoop) { answer.completeWith($0.mapError { $0 }) }
        }
        return try await answer.futureResult.get()
    }

    /// - Returns: whether the address is banned now.
    func ban(_ address: AddressDigest, becauseOf guest: String, in room: RoomName = .lobby) async throws -> Bool {
        let (addressBans, eventLoop) = (addressBans, eventLoop)
        let answer = eventLoop.makePromise(of: Bool.self)
        eventLoop.execute {
            addressBans.ban(address, becauseOf: UserID(guest), in: room, on: eventLoop) {
                answer.completeWith($0.mapError { $0 })
            }
        }
        return try await answer.futureResult.get()
    }

    func all(_ room: RoomName = .lobby) async throws -> [ChatMessage] {
        try await read(.forward(after: .zero, through: nil, limit: LogPage.maximumMessages), of: room).messages
    }

    func update(
        _ changes: [String: NodeMember?], in room: RoomName = .lobby, announcing signal: RoomSignal? = nil
    ) async throws {
        let (presence, eventLoop) = (presence, eventLoop)
        let members = Dictionary(uniqueKeysWithValues: changes.map { (UserID($0.key), $0.value) })
        try await eventLoop.submit { presence.update(members, in: room, announcing: signal, on: eventLoop) }.get()
    }

    func members(of room: RoomName = .lobby) async throws -> [NodeIncarnation: Set<User>] {
        let (presence, eventLoop) = (presence, eventLoop)
        let answer = eventLoop.makePromise(of: [NodeIncarnation: [User]].self)
        eventLoop.execute { presence.read(room, on: eventLoop) { answer.completeWith($0.mapError { $0 }) } }
        return try await answer.futureResult.get().mapValues { Set($0) }
    }
}
