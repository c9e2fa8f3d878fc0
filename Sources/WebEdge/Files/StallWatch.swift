import NIOCore
import Synchronization

/// Closes the connection of a client that reads nothing for some time, however long the transfer takes as a whole. One
/// per download, which ends it. Safe from any thread.
final class StallWatch: Sendable {
    private struct State {
        var last = NIODeadline.now()
        var timer: Scheduled<Void>?
        var hasStalled = false
        var isOver = false
    }

    private let channel: any Channel
    private let limit: TimeAmount
    private let state = Mutex(State())

    init(_ channel: any Channel, limit: TimeAmount) {
        self.channel = channel
        self.limit = limit
        arm(limit)
    }

    func progressed() { state.withLock { $0.last = .now() } }

    /// - Returns: whether it has closed the connection.
    func end() -> Bool {
        let (timer, hasStalled) = state.withLock { state in
            state.isOver = true
            return (state.timer, state.hasStalled)
        }
        timer?.cancel()
        return hasStalled
    }

    private func arm(_ time: TimeAmount) {
        let timer = channel.eventLoop.scheduleTask(in: time) { self.look() }
        let isOver = state.withLock { state in
            state.timer = timer
            return state.isOver
        }
        if isOver { timer.cancel() }
    }

    private func look() {
        let rest = state.withLock { state -> TimeAmount? in
            let rest = state.last + limit - .now()
            state.hasStalled = !state.isOver && rest <= .zero
            return state.isOver ? nil : rest
        }
        guard let rest else { return }
        if rest > .zero { arm(rest) } else { channel.close(promise: nil) }
    }
}
