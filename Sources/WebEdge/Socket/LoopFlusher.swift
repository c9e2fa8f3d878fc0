import NIOCore

/// One flush a connection and tick: sockets of one event loop that have something to send are remembered, and flushed
/// together when everything else of this turn of the loop is done.
// Confined to its event loop.
final class LoopFlusher: @unchecked Sendable {
    private let eventLoop: any EventLoop
    private var dirty: [SocketHandler] = []
    /// Kept for its memory.
    private var spare: [SocketHandler] = []

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Called once a socket until it is flushed.
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
