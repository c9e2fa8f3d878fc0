import NIOCore

/// One flush per connection and tick: collects the sockets of one event loop with pending writes, and flushes them
/// after everything else in this turn of the loop. What thousands of sockets have to write is spread over several
/// turns, so that a message to a large room does not hold up the others.
// Confined to its event loop.
final class LoopFlusher: @unchecked Sendable {
    /// Sockets per turn: more than an ordinary room has on one loop. A write takes about 5 µs.
    private static let atOnce = 256

    /// A message reaches its sender's socket some hops after the ack, in the same turn: both fit in one write.
    private static let hops = 3

    private let eventLoop: any EventLoop
    private let turn: LoopTurn
    private var dirty: [SocketHandler] = []
    /// Kept for its capacity.
    private var spare: [SocketHandler] = []
    /// Those that wait for a later turn. Sockets that become dirty meanwhile do not wait behind them.
    private var late: ArraySlice<SocketHandler> = []

    init(eventLoop: any EventLoop, turn: LoopTurn) {
        self.eventLoop = eventLoop
        self.turn = turn
    }

    /// Called once per socket between flushes.
    func add(_ socket: SocketHandler) {
        if dirty.isEmpty { flush(afterHops: Self.hops) }
        dirty.append(socket)
    }

    private func flush(afterHops hops: Int) {
        eventLoop.execute {
            if hops > 1 { self.flush(afterHops: hops - 1) } else { self.flush() }
        }
    }

    private func flush() {
        swap(&dirty, &spare)
        if spare.count > Self.atOnce {
            if late.isEmpty { flushLate() }
            late += spare[Self.atOnce...]
            spare.removeSubrange(Self.atOnce...)
        }
        for index in spare.indices { spare[index].flush() }
        spare.removeAll(keepingCapacity: true)
    }

    private func flushLate() {
        turn.next {
            let some = self.late.prefix(Self.atOnce)
            self.late.removeFirst(some.count)
            for socket in some { socket.flush() }
            if !self.late.isEmpty { self.flushLate() }
        }
    }
}
