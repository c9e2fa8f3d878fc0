import CoreMetrics
import NIOCore
import Synchronization

/// Admits history reads from all event loops in turn (`HistoryTurns`). Rooms and joins bypass it. One per node.
final class HistoryGate: Sendable {
    private struct Waiting: Sendable {
        let eventLoop: any EventLoop
        let begin: @Sendable () -> Void
    }

    private let turns = Mutex(HistoryTurns<Waiting>())
    private let depth: Meter
    private let refused: Counter

    init(metrics: ClusterMetrics) {
        depth = metrics.historyWaiting
        refused = metrics.historyRefused
    }

    /// - Parameter begin: called on `eventLoop`, possibly at once; call `leave` with the same address afterwards.
    /// - Returns: whether `begin` will be called.
    func enter(_ address: String, on eventLoop: any EventLoop, begin: @escaping @Sendable () -> Void) -> Bool {
        let verdict = turns.withLock { $0.ask(Waiting(eventLoop: eventLoop, begin: begin), of: address) }
        switch verdict {
        case .begin: begin()
        case .wait: depth.increment()
        case .refuse: refused.increment()
        }
        return verdict != .refuse
    }

    func leave(_ address: String) {
        guard let next = turns.withLock({ $0.ended(of: address)?.read }) else { return }
        depth.decrement()
        next.eventLoop.execute(next.begin)
    }
}
