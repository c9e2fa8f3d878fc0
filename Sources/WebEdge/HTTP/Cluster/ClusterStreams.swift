import CoreMetrics
import Synchronization

/// Counts the open streams of `/cluster/events`, and allows only so many: each holds a connection and a task, and people
/// who watch a cluster are few.
final class ClusterStreams: Sendable {
    static let maximum = 32

    private let open = Mutex(0)
    private let metrics: EdgeMetrics

    init(metrics: EdgeMetrics) {
        self.metrics = metrics
    }

    /// `nil`: there is none left.
    func seat() -> Seat? {
        let isFree = open.withLock { open in
            guard open < Self.maximum else { return false }
            open += 1
            metrics.clusterStreams.set(open)
            return true
        }
        return isFree ? Seat(of: self) : nil
    }

    private func leave() {
        open.withLock { open in
            open -= 1
            metrics.clusterStreams.set(open)
        }
    }

    /// Whoever holds it may stream; with the last reference to it, it is free again.
    final class Seat: Sendable {
        private let streams: ClusterStreams

        fileprivate init(of streams: ClusterStreams) {
            self.streams = streams
        }

        deinit { streams.leave() }
    }
}
