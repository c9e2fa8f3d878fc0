import Actors
import ChatModel
import Synchronization
import WebEdge

/// Samples this node's load for gossip, about once a second.
final class LoadSampler: Sendable {
    /// The message rate is averaged over this many samples.
    private static let window = 6

    private let users: UserTable
    private let rooms: RoomDirectory
    private let lag: EventLoopLagProbe
    private let isRelayConnected: @Sendable () -> Bool
    private let counts = Mutex<[(at: ContinuousClock.Instant, messages: Int)]>([])

    init(
        users: UserTable, rooms: RoomDirectory, lag: EventLoopLagProbe,
        isRelayConnected: @escaping @Sendable () -> Bool
    ) {
        self.users = users
        self.rooms = rooms
        self.lag = lag
        self.isRelayConnected = isRelayConnected
    }

    func sample() -> NodeLoad {
        NodeLoad(
            users: users.count, rooms: rooms.roomCount, messagesPerSecond: messagesPerSecond(), loopLag: lag.recent,
            relayConnected: isRelayConnected())
    }

    private func messagesPerSecond() -> Double {
        let now = ContinuousClock.now
        let messages = rooms.messageCount
        return counts.withLock { counts in
            counts = counts.suffix(Self.window - 1) + [(now, messages)]
            let seconds = (now - counts[0].at) / .seconds(1)
            return seconds > 0 ? Double(messages - counts[0].messages) / seconds : 0
        }
    }
}
