import ChatModel
import ChatProtocol
import CoreMetrics
import Dispatch
import Embedded
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Actors

/// A log that may be away, and then says so at once; or take its time over pages; or sort them wrongly.
final class FlakyLog: RoomLog {
    private typealias Answer = @Sendable () -> Void

    let behind = Mutex<EmbeddedBackend?>(nil)
    let isAway = Atomic(false)
    let isSlow = Atomic(false)
    let isDisordered = Atomic(false)
    let refused = Atomic(0)
    private let held = Mutex<[Answer]>([])

    /// Pages that are waited for.
    var pagesHeld: Int { held.withLock { $0.count } }

    func read(
        _ range: LogRange, of room: RoomName, for reader: LogReader, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<LogPage, RelayError>) -> Void
    ) {
        guard !isAway.load(ordering: .relaxed), let log = behind.withLock({ $0 }) else {
            refused.add(1, ordering: .relaxed)
            return completion(.failure(RelayError(.unavailable, "away")))
        }
        guard !isDisordered.load(ordering: .relaxed) || reader == .room && [.head, .rules].contains(range) else {
            return log.read(range, of: room, for: reader, on: eventLoop) { result in
                completion(
                    result.map { page in
                        LogPage(
                            head: page.head, messages: page.messages.reversed(), more: page.more, reached: page.reached)
                    })
            }
        }
        guard isSlow.load(ordering: .relaxed), ![.head, .rules].contains(range) else {
            return log.read(range, of: room, for: reader, on: eventLoop, completion: completion)
        }
        held.withLock { held in
            held.append {
                eventLoop.execute { log.read(range, of: room, for: reader, on: eventLoop, completion: completion) }
            }
        }
    }

    /// Answers what was held, and is not slow any more.
    func answer() {
        isSlow.store(false, ordering: .relaxed)
        let answers = held.withLock { held in
            defer { held = [] }
            return held
        }
        for answer in answers { answer() }
    }
}

/// Passes everything on, and notes how many drafts come at once. When slow, it keeps the answers.
final class ObservedRelay: Relay {
    private struct State {
        var isSlow = false
        var sizes: [Int] = []
        var held: [@Sendable (_ error: RelayError?) -> Void] = []
    }

    private let store: EmbeddedBackend
    private let state = Mutex(State())

    init(of store: EmbeddedBackend) {
        self.store = store
    }

    /// Of the calls so far: how many drafts each had.
    var sizes: [Int] { state.withLock { $0.sizes } }

    func publish(
        _ drafts: [MessageDraft], to room: RoomName, on eventLoop: any EventLoop,
        completion: @escaping @Sendable ([Result<PublishReceipt, RelayError>]) -> Void
    ) {
        store.publish(drafts, to: room, on: eventLoop) { results in
            self.state.withLock { state in
                state.sizes.append(drafts.count)
                let answer = { @Sendable (error: RelayError?) in
                    eventLoop.execute {
                        completion(error.map { error in results.map { _ in .failure(error) } } ?? results)
                    }
                }
                if state.isSlow { state.held.append(answer) } else { answer(nil) }
            }
        }
    }

    func beSlow() { state.withLock { $0.isSlow = true } }

    /// Answers what was held, with an error if there is one, and is not slow any more.
    func answer(_ error: RelayError? = nil) {
        state.withLock { state in
            state.isSlow = false
            for answer in state.held { answer(error) }
            state.held = []
        }
    }

    func signal(_ signal: RoomSignal, to room: RoomName, on eventLoop: any EventLoop) {
        store.signal(signal, to: room, on: eventLoop)
    }

    func subscribe(to room: RoomName, on eventLoop: any EventLoop, completion: @escaping @Sendable () -> Void) {
        store.subscribe(to: room, on: eventLoop, completion: completion)
    }

    func unsubscribe(from room: RoomName, on eventLoop: any EventLoop) {
        store.unsubscribe(from: room, on: eventLoop)
    }
}

struct Socket: Sendable {
    let user: User
    let outlet: RecordingOutlet
    let ref: ConnectionRef
}

/// The rooms of one embedded node, without sockets.
struct House: Sendable {
    let room = RoomName("den")!
    let group: MultiThreadedEventLoopGroup
    let store: EmbeddedBackend
    let relay: ObservedRelay
    let directory: RoomDirectory
    private let nextSocket = Counted()

    static func open(
        log: FlakyLog? = nil, limits: ActorsConfiguration = ActorsConfiguration(),
        _ body: (House) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let own = NodeIncarnation(name: "n1", generation: 1)
        let store = EmbeddedBackend(node: own)
        log?.behind.withLock { $0 = store }
        let relay = ObservedRelay(of: store)
        let services = RoomServices(
            backend: RoomBackend(
                relay: relay, log: log ?? store, presence: store, index: store, userRooms: store,
                devices: store.devices, pushes: store.pushes, administration: store, addressBans: store, files: store,
                journeys: store, membership: Alone(own: own),
                status: { RelayStatus(kind: .memory, connected: true) }),
            limits: limits,
            metrics: ActorsMetrics(factory: NOOPMetricsHandler.instance),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let directory = RoomDirectory(eventLoops: Array(group.makeIterator()), services: services)
        store.attach(directory)
        do {
            try await body(House(group: group, store: store, relay: relay, directory: directory))
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
        try await group.shutdownGracefully()
    }

    /// - other: the user's name, where it is not the id.
    func join(
        _ name: String, _ mode: JoinRequest.Mode = .v1, as other: String? = nil, since: RoomPosition? = nil,
        newRooms: (any RoomAllowance)? = nil, from address: AddressDigest? = nil
    ) -> Socket {
        let outlet = RecordingOutlet(eventLoop: group.next())
        let user = User(id: UserID(name), name: other ?? name)
        let id = SocketID(nextSocket.next())
        let request = JoinRequest(
            room: room, socket: id, user: user, mode: mode, since: since.map { .position($0) },
            address: "192.0.2.1", addressDigest: address, newRooms: newRooms)
        return Socket(user: user, outlet: outlet, ref: directory.connect(request, outlet: outlet))
    }

    /// Joins, and waits until the room has let the user in.
    func enter(_ name: String) async throws -> Socket {
        try await enter([name])[0]
    }

    func enter(_ name: String, _ other: String) async throws -> (Socket, Socket) {
        let sockets = try await enter([name, other])
        return (sockets[0], sockets[1])
    }

    func enter(_ names: [String]) async throws -> [Socket] {
        let sockets = names.map { join($0) }
        try await until { sockets.allSatisfy { $0.outlet.frames.contains(where: \.isJoined) } }
        return sockets
    }

    /// Asks again as often as it is turned away.
    func joinWhenPossible(_ name: String) async throws -> Socket {
        while true {
            let socket = join(name)
            try await until {
                socket.outlet.frames.contains(where: \.isJoined) || !socket.outlet.turnedAwayFrom.isEmpty
            }
            if socket.outlet.turnedAwayFrom.isEmpty { return socket }
        }
    }

    func say(_ text: String, by socket: Socket) {
        command(.chat(text: text, key: text, plain: nil), by: socket)
    }

    func command(_ command: RoomCommand, by socket: Socket) {
        socket.outlet.eventLoop.execute {
            socket.ref.receive(command)
            socket.ref.submit()
        }
    }

    /// Keeps the room's event loop busy until the other one has done what the body asked for, so that all it causes in
    /// the room happens in one tick.
    func inOneTick(_ body: () -> Void) async throws {
        let room = try #require(await directory.actor(of: room))
        let released = DispatchSemaphore(value: 0)
        room.eventLoop.execute { released.wait() }
        defer { released.signal() }
        body()
        for eventLoop in group.makeIterator() where eventLoop !== room.eventLoop {
            try await eventLoop.submit {}.get()
        }
    }

    /// Has the socket's actor fail, and waits for another one.
    func replaceActor(of socket: Socket) async throws {
        let before = try await actor(of: socket)
        await before?.sabotage()
        try await until { try await actor(of: socket) !== before }
    }

    /// Has the room's actor fail, and waits for another one.
    func replaceRoom() async throws {
        let before = await directory.actor(of: room)
        await directory.sabotage(room)
        try await until { await directory.actor(of: room) !== before }
    }

    func actor(of socket: Socket) async throws -> Connection? {
        try await socket.outlet.eventLoop.submit { socket.ref.actor }.get()
    }

    func until(_ condition: () async throws -> Bool, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while try await !condition() {
            guard ContinuousClock.now < deadline else {
                Issue.record("waited too long", sourceLocation: sourceLocation)
                throw CancellationError()
            }
            await Task.yield()
        }
    }

    /// Whom the store knows to be in the room.
    func present() async throws -> [NodeIncarnation: [User]] {
        let eventLoop = group.next()
        return try await eventLoop.flatSubmit { [room, store] in
            let promise = eventLoop.makePromise(of: [NodeIncarnation: [User]].self)
            store.read(room, on: eventLoop) { result in promise.completeWith(result.mapError { $0 }) }
            return promise.futureResult
        }.get()
    }
}

final class Counted: Sendable {
    private let value = Atomic<UInt64>(0)
    func next() -> UInt64 { value.add(1, ordering: .relaxed).newValue }
}

struct Alone: MembershipView {
    let own: NodeIncarnation
    var members: [ClusterMember] { [] }
    func isPresent(_ node: NodeIncarnation) -> Bool { node == own }
}

extension ServerFrame {
    var isJoined: Bool { if case .joined = self { true } else { false } }
    var isAck: Bool { if case .ack = self { true } else { false } }
    var isReset: Bool { if case .reset = self { true } else { false } }
    var isRenamed: Bool { if case .renamed = self { true } else { false } }
    var isTyping: Bool { if case .typing = self { true } else { false } }
    var errorCode: ErrorCode? { if case .error(let error) = self { error.code } else { nil } }
}
