package import CoreMetrics
package import NIOCore
import Synchronization

/// Counted, bounded hops to one event loop: how rooms and connections enter each other. First in, first out per sender.
///
/// Hops even from the loop itself, so that neither is entered in the middle of its work. Thread-safe.
package final class Mailbox: Sendable {
    package let eventLoop: any EventLoop
    private let limit: Int
    private let depth = Atomic<Int>(0)
    private let gauge: Meter

    /// - `gauge`: the total depth of all mailboxes of a kind.
    package init(eventLoop: any EventLoop, limit: Int, gauge: Meter) {
        self.eventLoop = eventLoop
        self.limit = limit
        self.gauge = gauge
    }

    /// - Returns: whether there was room. If not, the work is not done, and the caller must answer for it.
    package func post(_ work: @escaping @Sendable () -> Void) -> Bool {
        guard depth.load(ordering: .relaxed) < limit else { return false }
        postAlways(work)
        return true
    }

    /// For work that must not be lost and is bounded elsewhere: a member joins, leaves or fails.
    package func postAlways(_ work: @escaping @Sendable () -> Void) {
        depth.wrappingAdd(1, ordering: .relaxed)
        gauge.increment()
        eventLoop.execute {
            self.depth.wrappingSubtract(1, ordering: .relaxed)
            self.gauge.decrement()
            work()
        }
    }
}
