import NIOCore

/// Whether a client takes what is sent to it: a queue of which nothing has left for `patience` is a reader that is too
/// slow, however little waits.
///
/// Pure. It is shown the queue now and then, and compares; a byte that leaves starts the time anew.
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

    /// - `waiting`: bytes in the queue. With TLS they are a little more than were written, so that movement of a few bytes
    ///   may not be noticed; rest always is.
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
