package import NIOCore

/// The socket as the actors see it: where a `Connection` writes. Implemented by `SocketHandler`.
///
/// Owned by the socket's channel, shared by the connections of all its rooms. Use everything but `eventLoop` only on
/// that event loop.
package protocol ConnectionOutlet: AnyObject, Sendable {
    var eventLoop: any EventLoop { get }

    /// Queues finished WebSocket frames (one or more, see `FrameEncoder`), flushed at the end of the tick. Above the
    /// outbound limit the socket is closed with `slowReader`.
    func write(_ frames: ByteBuffer)

    /// Calls `page` on the loop, perhaps at once, when it is the caller's turn to write a page of the log. A socket's
    /// rooms take turns, one page at a time, and only while its queue is short. `page` calls `endTurn` after writing,
    /// and asks again for the next page.
    func awaitTurn(_ page: @escaping () -> Void)
    func endTurn()

    /// The room rejected the join and told the client, which may try again.
    func turnedAway(from room: RoomName)

    /// The user was renamed by another of their sockets.
    func renamed(to name: String)

    /// The room lets the user invite others.
    func mayInvite(_ invitation: RoomInvitation)

    /// The room lets the user send a file.
    func mayUpload(_ upload: FileUpload, by user: UserID)

    /// Closes the whole socket.
    func close(_ reason: CloseReason)
}
