import CoreMetrics
package import Logging
import Operations
import ServiceLifecycle
import Synchronization

/// Watches the process' memory (`MAX_MEMORY_MB`). Above the limit no new sockets are admitted until usage has dropped.
/// Open sockets are kept; their queues are bounded.
///
/// One per node; `run` checks once a second. Safe from any thread.
package final class MemoryGuard: Service, ReadinessCheck {
    /// Reading takes microseconds. In one second a node admits a few thousand sockets at most, tens of megabytes.
    private static let interval = Duration.seconds(1)
    /// Hysteresis: without it the guard would toggle with every socket.
    private static let reopening = 0.95

    private let limit: Int
    private let read: @Sendable () -> Int?
    private let limited: Meter
    private let logger: Logger
    private let isOver = Atomic<Bool>(false)

    package convenience init(limit: Int, metrics: EdgeMetrics, logger: Logger) {
        self.init(limit: limit, metrics: metrics, logger: logger, read: ResidentMemory.bytes)
    }

    /// - `limit`: in bytes.
    init(limit: Int, metrics: EdgeMetrics, logger: Logger, read: @escaping @Sendable () -> Int?) {
        self.limit = limit
        self.read = read
        self.limited = metrics.memoryLimited
        self.logger = logger
    }

    /// Whether new sockets are refused.
    var isClosed: Bool { isOver.load(ordering: .relaxed) }

    package var unreadyReason: String? {
        isClosed ? "memory usage exceeds MAX_MEMORY_MB (\(limit / 1_048_576)): new sockets are refused" : nil
    }

    package func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                self.look()
                // Cancelled on shutdown.
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    func look() {
        guard let resident = read() else { return }
        let wasClosed = isClosed
        let isClosed = Double(resident) > Double(limit) * (wasClosed ? Self.reopening : 1)
        guard isClosed != wasClosed else { return }
        isOver.store(isClosed, ordering: .relaxed)
        limited.set(isClosed ? 1 : 0)
        if isClosed {
            logger.warning("memory limit reached, refusing new sockets")
        } else {
            logger.notice("memory below limit, accepting new sockets")
        }
    }
}
