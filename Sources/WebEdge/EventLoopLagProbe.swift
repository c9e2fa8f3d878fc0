import CoreMetrics
package import NIOCore
import ServiceLifecycle
import Synchronization

/// Schedules an empty task on each event loop once a second and records how late it runs: the delay of every message on
/// that loop at that moment.
package final class EventLoopLagProbe: Service {
    private struct Worst {
        var thisRound: Int64 = 0
        var lastRound: Int64 = 0
    }

    private let eventLoops: [any EventLoop]
    private let lag: CoreMetrics.Timer
    /// Nanoseconds.
    private let worst = Mutex(Worst())

    package init(group: any EventLoopGroup, metrics: EdgeMetrics) {
        self.eventLoops = Array(group.makeIterator())
        self.lag = metrics.eventLoopLag
    }

    /// The worst delay of any loop in the last one or two seconds.
    package var recent: Duration {
        worst.withLock { .nanoseconds(max($0.thisRound, $0.lastRound)) }
    }

    package func run() async {
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                worst.withLock { $0 = Worst(lastRound: $0.thisRound) }
                for eventLoop in eventLoops {
                    let asked = NIODeadline.now()
                    eventLoop.execute { self.note((NIODeadline.now() - asked).nanoseconds) }
                }
                // Cancelled on shutdown.
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func note(_ nanoseconds: Int64) {
        lag.recordNanoseconds(nanoseconds)
        worst.withLock { $0.thisRound = max($0.thisRound, nanoseconds) }
    }
}
