package import CoreMetrics
package import NIOCore
import Synchronization

/// Counted, bounded hops to one event loop: the only way from one actor to another on a different loop. First in,
/// first out for each sender.
///
/// On the loop itself the work is done at once: no hop, no queue. May be used from any thread.
package final class Mailbox: Sendable {
    package let eventLoop: any EventLoop
    private let limit: Int
    private let depth = Atomic<Int>(0)
    private let gauge: Meter

    /// - `gauge`: the depth of all mailboxes of a kind together.
    package init(eventLoop: any EventLoop, limit: Int, gauge: Meter) {
        self.eventLoop = eventLoop
        self.limit = limit
        self.gauge = gauge
    }

    /// - Returns: whether there was room. If not, the work is not done, and the caller owes an outcome.
    package func post(_ work: @escaping @Sendable () -> Void) -> Bool {
        if eventLoop.inEventLoop {
            work()
            return true
        }
        guard depth.load(ordering: .relaxed) < limit else { return false }
        hop(work)
        return true
    }

    /// For what must not be lost and is bounded elsewhere: a member comes, goes or fails.
    package func postAlways(_ work: @escaping @Sendable () -> Void) {
        if eventLoop.inEventLoop { work() } else { hop(work) }
    }

    private func hop(_ work: @escaping @Sendable () -> Void) {
        depth.wrappingAdd(1, ordering: .relaxed)
        gauge.increment()
        eventLoop.execute {
            self.depth.wrappingSubtract(1, ordering: .relaxed)
            self.gauge.decrement()
            work()
        }
    }
}
