package import ChatModel
import Synchronization

/// What the clients of a `Crowd` saw, all together. Guarded by one lock: it is entered from every event loop.
package final class CrowdRecord: Sendable {
    /// How far a client has read in a room.
    private struct Place: Hashable {
        let life: UInt64
        let seq: UInt64
    }

    private struct State {
        var checker = HistoryChecker()
        var users: [UserID?]
        var live: [Set<RoomName>]
        /// No entry: nothing yet, or nothing since the client was told that the log began anew.
        var reached: [[RoomName: Place]]
        /// The newest acknowledged number, in the log as it is since it last began anew.
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
            case .message(let room, let epoch, let message, _):
                state.reached[client][room] = Place(life: epoch.random, seq: message.id.seq)
            case .gap(let gap):
                guard gap.restarts else { break }
                state.reached[client][gap.room] = nil
                state.newest[gap.room] = nil
            case .acked(let room, let key, let id):
                state.waiting.remove(key)
                state.newest[room] = max(state.newest[room] ?? 0, id.seq)
            case .refused(_, _, let error), .failed(let error):
                state.refusals.append("client \(client): \(error)")
            case .abandoned(_, let key, _):
                state.refusals.append("client \(client) abandoned \(key)")
            case .joined, .left, .frame, .violation:
                break
            }
            state.checker.observe(event, client: client, user: state.users[client] ?? UserID(""))
        }
    }

    package var verdict: HistoryVerdict { state.withLock { $0.checker.verdict() } }
    package var connections: Int { state.withLock { $0.connections } }
    package var refusals: [String] { state.withLock { $0.refusals } }
    package var allAcked: Bool { state.withLock { $0.waiting.isEmpty } }

    package func isLive(_ client: Int) -> Bool { state.withLock { !$0.live[client].isEmpty } }

    package func times(closedWith code: UInt16) -> Int { state.withLock { $0.codes[code] ?? 0 } }

    package func isLive(everywhere rooms: [RoomName]) -> Bool {
        state.withLock { state in state.live.allSatisfy { $0.count == rooms.count } }
    }

    /// Everybody has read equally far in each room, and not less far than what was acknowledged.
    package func allReached(in rooms: [RoomName]) -> Bool {
        state.withLock { state in
            rooms.allSatisfy { room in
                let place = state.reached.first?[room]
                return state.reached.allSatisfy { $0[room] == place }
                    && place?.seq ?? 0 >= state.newest[room] ?? 0
            }
        }
    }

    package var summary: String {
        state.withLock { state in
            "(\(state.waiting.count) unacked, live \(state.live.map(\.count)), newest \(state.newest), "
                + "\(state.connections) connections, closes \(state.codes), refusals \(state.refusals.prefix(3)))"
        }
    }
}
