import NIOCore

/// One flush per connection and tick: collects the sockets of one event loop with pending writes, and flushes them
/// after everything else in this turn of the loop.
// Confined to its event loop.
final class LoopFlusher: @unchecked Sendable {
    private let eventLoop: any EventLoop
    private var dirty: [SocketHandler] = []
    /// Kept for its capacity.
    private var spare: [SocketHandler] = []

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Called once per socket between flushes.
    func add(_ socket: SocketHandler) {
        if dirty.isEmpty { eventLoop.execute { self.flush() } }
        dirty.append(socket)
    }

    private func flush() {
        swap(&dirty, &spare)
        for index in spare.indices { spare[index].flush() }
        spare.removeAll(keepingCapacity: true)
    }
}
