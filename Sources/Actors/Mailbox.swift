package import CoreMetrics
package import NIOCore
import Synchronization

/// Counted, bounded hops to one event loop: rooms and connections reach each other only through them. First in, first out
/// for each sender.
///
/// Always a hop, even on the loop itself: neither is entered while the other is in the middle of its work. May be used from
/// any thread.
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
        guard depth.load(ordering: .relaxed) < limit else { return false }
        postAlways(work)
        return true
    }

    /// For what must not be lost and is bounded elsewhere: a member comes, goes or fails.
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
