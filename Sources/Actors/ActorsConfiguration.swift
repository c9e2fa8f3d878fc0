import ChatModel
package import NIOCore
package import Supervision

/// The limits of the actor core. Every number has its reason beside it.
package struct ActorsConfiguration: Sendable {
    /// How long a room without members stays subscribed: a reload or a reconnect must not cost a SUBSCRIBE.
    package var linger: TimeAmount = .seconds(30)
    /// How long somebody waits to be let into a room that cannot be subscribed to or read; then they are told, and may ask
    /// again. A little longer than Redis has for one answer.
    package var joinPatience: TimeAmount = .seconds(4)
    /// What a connection keeps of the live messages while it reads the log; beyond it they are read from the log too.
    package var catchUpBufferBytes = 256 * 1024
    /// Messages of a page: `joined`, `resume`, `reset`, `history`.
    package var pageLength = LogPage.maximumMessages
    /// Messages given to somebody who has no position, or one that cannot be recovered.
    package var recentLength = 50
    /// Frames kept for a connection between its failure and its replacement; what comes after is refused.
    package var heldCommands = 64
    /// Hops waiting for the rooms of one event loop.
    package var roomMailboxLimit = 16_384
    /// Batches of one room waiting for one event loop of members; beyond it they read them from the log.
    package var fanOutMailboxLimit = 256
    /// Live messages kept while a gap is filled.
    package var fillBufferMessages = 1_024
    /// Rooms active within the last minute are compared with their log this often, the others every `quietCheck`: a lost
    /// last message shows no gap.
    package var activeCheck: TimeAmount = .seconds(5)
    package var quietCheck: TimeAmount = .seconds(60)
    /// Comparisons a second, and at one time, over all rooms of the node.
    package var checksPerSecond = 500
    package var checksAtOnce = 64
    /// Restarts of one connection before its socket closes with 1011: a failure that a restart can repair comes alone, or
    /// with a message that is skipped the second time. After that, the client's own reconnect is the remedy.
    package var connectionRestarts = RestartIntensity(5, in: .seconds(10))
    /// Restarts of one room before its members' sockets close with 1011; they reconnect to a new room. Each restart costs
    /// every member one read of the log.
    package var roomRestarts = RestartIntensity(5, in: .seconds(10))

    package init() {}
}
