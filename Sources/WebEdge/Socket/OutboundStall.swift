import NIOCore

/// Detects slow readers: nothing has left the outbound queue for `patience`, however short the queue is.
///
/// Pure. Compares samples of the queue; any byte that leaves restarts the time.
struct OutboundStall {
    private struct Look {
        let waiting: Int
        let written: Int
        let since: NIODeadline
    }

    private let patience: TimeAmount
    private var written = 0
    private var first: Look?

    init(patience: TimeAmount) {
        self.patience = patience
    }

    /// When to look again.
    var deadline: NIODeadline { first.map { $0.since + patience } ?? .distantFuture }

    mutating func wrote(_ bytes: Int) {
        written &+= bytes
    }

    /// - `waiting`: bytes in the queue. With TLS they are slightly more than were written, so movement of a few bytes
    ///   may go unnoticed; a stall never does.
    /// - Returns: whether nothing has left the queue for too long.
    mutating func look(waiting: Int, at now: NIODeadline) -> Bool {
        guard waiting > 0 else {
            first = nil
            return false
        }
        guard let first, waiting &- first.waiting >= written &- first.written else {
            first = Look(waiting: waiting, written: written, since: now)
            return false
        }
        return now >= first.since + patience
    }
}
