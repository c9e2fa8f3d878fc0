import CoreMetrics
import Synchronization

/// Limits the open streams of `/cluster/events`: each holds a connection and a task, and few people watch a cluster.
final class ClusterStreams: Sendable {
    static let maximum = 32

    private let open = Mutex(0)
    private let metrics: EdgeMetrics

    init(metrics: EdgeMetrics) {
        self.metrics = metrics
    }

    /// `nil`: none left.
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

    /// Permission to stream; released with the last reference.
    final class Seat: Sendable {
        private let streams: ClusterStreams

        fileprivate init(of streams: ClusterStreams) {
            self.streams = streams
        }

        deinit { streams.leave() }
    }
}
