import ChatClient
import ChatModel
import NIOCore
import NIOPosix
import Synchronization
import TestSupport

/// Many `ChatClient`s, and the `HistoryChecker` that hears every one of them.
struct Crowd: Sendable {
    let rooms: [RoomName]
    let clients: [ChatClient]
    let record: Record

    /// Connects clients to random ones of the nodes; each joins every room.
    init(_ count: Int, on nodes: [NodeProcess], rooms: [RoomName]) {
        let urls = nodes.map { WebSocketURL(host: "127.0.0.1", port: $0.port) }
        let record = Record(clients: count)
        self.rooms = rooms
        self.record = record
        self.clients = (0..<count).map { number in
            var configuration = ClientConfiguration(name: "client \(number)")
            configuration.outboxLimit = 10_000
            configuration.backoffBase = .milliseconds(50)
            configuration.backoffCap = .milliseconds(500)
            return ChatClient(
                urls: urls.shuffled(), configuration: configuration,
                on: MultiThreadedEventLoopGroup.singleton.next()
            ) { event in
                record.observe(event, client: number)
            }
        }
    }

    /// Connects all, and waits until each is in every room.
    func start() async throws {
        for client in clients {
            for room in rooms { client.join(room) }
            client.start()
        }
        try await waitUntilLive()
    }

    func stop() {
        for client in clients { client.stop() }
    }

    func send(_ text: String, key: String, from client: Int, to room: RoomName) {
        record.willSend(text, key: key, from: client, to: room)
        clients[client].send(text, key: key, to: room)
    }

    func waitUntilLive() async throws {
        try await eventually("everybody is in every room", within: .seconds(30), state: { record.summary }) {
            record.isLive(everywhere: rooms)
        }
    }

    /// Waits until everything that was sent is acknowledged, and has reached everybody.
    func waitUntilSettled(within limit: Duration) async throws {
        try await eventually("every message is acked", within: limit, state: { record.summary }) {
            record.allAcked
        }
        try await eventually("every message has reached everybody", within: limit, state: { record.summary }) {
            record.isLive(everywhere: rooms) && record.allReached(in: rooms)
        }
    }

    /// What was seen, by all clients together.
    final class Record: Sendable {
        private struct State {
            var checker = HistoryChecker()
            var users: [UserID?]
            var live: [Set<RoomName>]
            var reached: [[RoomName: UInt64]]
            var newest: [RoomName: UInt64] = [:]
            var waiting: Set<String> = []
            var connections = 0
            var codes: [UInt16: Int] = [:]
            var refusals: [String] = []
        }

        private let state: Mutex<State>

        init(clients: Int) {
            state = Mutex(
                State(
                    users: .init(repeating: nil, count: clients), live: .init(repeating: [], count: clients),
                    reached: .init(repeating: [:], count: clients)))
        }

        func willSend(_ text: String, key: String, from client: Int, to room: RoomName) {
            state.withLock { state in
                guard let user = state.users[client] else { preconditionFailure("send before the welcome") }
                state.waiting.insert(key)
                state.checker.sent(client: client, user: user, room: room, key: key, text: text)
            }
        }

        func observe(_ event: ClientEvent, client: Int) {
            state.withLock { state in
                switch event {
                case .opened(let welcome):
                    state.users[client] = welcome.user.id
                    state.connections += 1
                case .closed(let code, _):
                    state.live[client] = []
                    if let code { state.codes[code, default: 0] += 1 }
                case .caughtUp(let room):
                    state.live[client].insert(room)
                case .message(let room, _, let message, _):
                    state.reached[client][room] = message.id.seq
                    state.newest[room] = max(state.newest[room] ?? 0, message.id.seq)
                case .acked(let room, let key, let id):
                    state.waiting.remove(key)
                    state.newest[room] = max(state.newest[room] ?? 0, id.seq)
                case .refused(_, _, let error), .failed(let error):
                    state.refusals.append("client \(client): \(error)")
                case .abandoned(_, let key, _):
                    state.refusals.append("client \(client) abandoned \(key)")
                case .joined, .gap, .left, .frame, .violation:
                    break
                }
                state.checker.observe(event, client: client, user: state.users[client] ?? UserID(""))
            }
        }

        var verdict: HistoryVerdict { state.withLock { $0.checker.verdict() } }
        var connections: Int { state.withLock { $0.connections } }
        var refusals: [String] { state.withLock { $0.refusals } }
        var allAcked: Bool { state.withLock { $0.waiting.isEmpty } }

        func isLive(_ client: Int) -> Bool { state.withLock { !$0.live[client].isEmpty } }

        func times(closedWith code: UInt16) -> Int { state.withLock { $0.codes[code] ?? 0 } }

        func isLive(everywhere rooms: [RoomName]) -> Bool {
            state.withLock { state in state.live.allSatisfy { $0.count == rooms.count } }
        }

        func allReached(in rooms: [RoomName]) -> Bool {
            state.withLock { state in
                rooms.allSatisfy { room in state.reached.allSatisfy { $0[room] == state.newest[room] } }
            }
        }

        var summary: String {
            state.withLock { state in
                "(\(state.waiting.count) unacked, live \(state.live.map(\.count)), newest \(state.newest), "
                    + "\(state.connections) connections, closes \(state.codes), refusals \(state.refusals.prefix(3)))"
            }
        }
    }
}
