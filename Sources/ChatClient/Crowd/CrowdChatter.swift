import ChatModel
import Synchronization

/// Keeps a crowd sending as fast as it is acknowledged: in each room each client sends its next message after the last
/// ack. Nothing piles up, however slow the cluster is.
package final class CrowdChatter: Sendable {
    private struct State {
        var crowd: Crowd?
        var text = ""
        var next = 0
    }

    private let state = Mutex(State())

    init() {}

    /// Sends each client's first message; acks trigger the rest.
    package func start(_ crowd: Crowd, text: String) {
        state.withLock { state in
            state.crowd = crowd
            state.text = text
        }
        for client in crowd.clients.indices {
            for room in crowd.rooms { speak(client, in: room) }
        }
    }

    package func stop() {
        state.withLock { $0.crowd = nil }
    }

    /// The client may send its next message.
    func speak(_ client: Int, in room: RoomName) {
        let turn = state.withLock { state -> (Crowd, String, Int)? in
            guard let crowd = state.crowd else { return nil }
            state.next += 1
            return (crowd, state.text, state.next)
        }
        guard let (crowd, text, number) = turn else { return }
        crowd.send(text, key: "chatter-\(number)", from: client, to: room)
    }
}
