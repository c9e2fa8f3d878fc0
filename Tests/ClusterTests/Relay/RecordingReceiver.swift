import ChatModel
import Synchronization

/// Keeps what a relay delivers.
final class RecordingReceiver: RelayReceiver {
    private struct State {
        var events: [RoomName: [LiveEvent]] = [:]
        var resubscribed: [RoomName] = []
        var news: [UserID: [UserNews]] = [:]
    }

    private let state = Mutex(State())

    func deliver(_ events: [LiveEvent], to room: RoomName) {
        state.withLock { $0.events[room, default: []] += events }
    }

    func resubscribed(_ rooms: [RoomName]) {
        state.withLock { $0.resubscribed += rooms }
    }

    func tell(_ user: UserID, _ news: UserNews) {
        state.withLock { $0.news[user, default: []].append(news) }
    }

    func news(for user: UserID) -> [UserNews] { state.withLock { $0.news[user] ?? [] } }

    func membershipChanged() {}

    func messages(of room: RoomName) -> [ChatMessage] {
        state.withLock { $0.events[room] ?? [] }.compactMap { event in
            guard case .message(let message, _, _) = event else { return nil }
            return message
        }
    }

    /// Epoch and publishing node of every message.
    func sources(of room: RoomName) -> [(epoch: Epoch, origin: String)] {
        state.withLock { $0.events[room] ?? [] }.compactMap { event in
            guard case .message(_, let epoch, let origin) = event else { return nil }
            return (epoch, origin)
        }
    }

    func signals(of room: RoomName) -> [RoomSignal] {
        state.withLock { $0.events[room] ?? [] }.compactMap { event in
            guard case .signal(let signal) = event else { return nil }
            return signal
        }
    }

    var resubscribedRooms: [RoomName] {
        state.withLock { $0.resubscribed }
    }
}
