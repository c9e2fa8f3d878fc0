import DequeModule

/// Whose turn it is to write pages of the log to one socket: one at a time, in the order of requests, and only while
/// the socket's queue is short (`ConnectionOutlet.awaitTurn`).
///
/// Confined to the socket's event loop. A class, because a turn may end, and another begin, within the call that
/// began it.
final class TurnQueue {
    /// At most 32 rooms of a socket catch up; the rest are requests for history.
    private static let limit = 128

    private var waiting: Deque<() -> Void> = []
    private var isTaken = false
    private var isRunning = false

    /// - Returns: whether there was room.
    func append(_ page: @escaping () -> Void) -> Bool {
        guard waiting.count < Self.limit else { return false }
        waiting.append(page)
        return true
    }

    func endTurn() {
        isTaken = false
    }

    /// Gives out turns while it can.
    /// - `isOpen`: whether the socket's queue is short.
    func run(while isOpen: () -> Bool) {
        guard !isRunning else { return }
        isRunning = true
        defer { isRunning = false }
        while !isTaken, isOpen(), let page = waiting.popFirst() {
            isTaken = true
            page()
        }
    }

    /// Drops all waiting turns.
    func removeAll() {
        waiting.removeAll()
    }
}
