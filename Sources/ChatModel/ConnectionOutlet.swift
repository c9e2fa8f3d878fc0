package import NIOCore

/// Where a `Connection` writes: the socket, as the actors see it. Implemented by `SocketHandler`.
///
/// Owned by the socket's channel; shared by the connections of all its rooms. Every member but `eventLoop` may be used
/// on that event loop only.
package protocol ConnectionOutlet: AnyObject, Sendable {
    var eventLoop: any EventLoop { get }

    /// Queues finished WebSocket frames (one or several, see `FrameEncoder`); flushed at the end of the tick. Beyond
    /// the outbound limit the socket is closed with `slowReader`.
    func write(_ frames: ByteBuffer)

    /// Pages of the log: a socket gets one at a time, its rooms in turn, and only while its queue is short. `page` is
    /// called on the loop, perhaps at once, when it is the caller's turn; it calls `endTurn` when it has
    /// written, and asks again for the next page.
    func awaitTurn(_ page: @escaping () -> Void)
    func endTurn()

    /// The socket is not in that room after all, and has been told: it may join it again.
    func turnedAway(from room: RoomName)

    /// The socket's user goes by another name now, as another of their sockets has asked for.
    func renamed(to name: String)

    /// Ends the whole socket.
    func close(_ reason: CloseReason)
}
