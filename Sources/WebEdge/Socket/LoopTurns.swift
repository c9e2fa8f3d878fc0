import NIOCore

extension EventLoop {
    /// Runs `work` in another turn of this event loop: after what the sockets have brought meanwhile. NIO runs whatever
    /// is due, and what that makes due, before it looks at its sockets again; so `work` is due a little later.
    func executeNextTurn(_ work: @escaping @Sendable () -> Void) {
        scheduleTask(in: .microseconds(100), work)
    }
}
