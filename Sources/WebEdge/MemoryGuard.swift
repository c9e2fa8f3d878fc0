import ChatModel
import CoreMetrics
package import Logging
import ServiceLifecycle
import Synchronization

/// Watches the process' memory (`MAX_MEMORY_MB`): at the limit, nobody new is let in until there is room again. Sockets
/// that are open live on; their own queues are bounded.
///
/// One a node; `run` looks once a second, everybody else reads.
package final class MemoryGuard: Service, ReadinessCheck {
    /// Reading takes microseconds; and in a second a node takes in a few thousand sockets at most, tens of megabytes.
    private static let interval = Duration.seconds(1)
    /// Opening again needs some room, or the guard would open and close with every socket.
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

    /// Whether a new socket would be too much.
    var isClosed: Bool { isOver.load(ordering: .relaxed) }

    package var unreadyReason: String? {
        isClosed ? "memory: more than MAX_MEMORY_MB (\(limit / 1_048_576)) is in use, new sockets are refused" : nil
    }

    package func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                self.look()
                // Ends early when the service is asked to end.
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
            logger.warning("memory limit reached, new sockets are refused")
        } else {
            logger.notice("memory is below its limit again")
        }
    }
}
