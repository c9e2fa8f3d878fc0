import ChatModel
package import NIOCore
package import Supervision

/// The limits of the actor core, each with its reason.
package struct ActorsConfiguration: Sendable {
    /// How long a room without members stays subscribed: a reload or reconnect must not cost a SUBSCRIBE.
    package var linger: TimeAmount = .seconds(30)
    /// How long a join waits for a room that cannot be subscribed or read, before it is rejected. Slightly longer than
    /// the time limit of one Redis reply.
    package var joinPatience: TimeAmount = .seconds(4)
    /// Live messages a connection buffers while it reads the log; above this it reads them from the log too.
    package var catchUpBufferBytes = 256 * 1024
    /// Messages per page: `joined`, `resume`, `reset`, `history`.
    package var pageLength = LogPage.maximumMessages
    /// Messages sent to a client with no position, or one that cannot be recovered.
    package var recentLength = 50
    /// Frames held for a connection between its failure and its replacement; more are rejected.
    package var heldCommands = 64
    /// Hops queued for the rooms of one event loop.
    package var roomMailboxLimit = 16_384
    /// Batches of one room queued for one event loop of members; above this they read from the log.
    package var fanOutMailboxLimit = 256
    /// Live messages buffered while a gap is filled.
    package var fillBufferMessages = 1_024
    /// Rooms active within the last minute are compared with their log this often, others every `quietCheck`: a lost
    /// last message leaves no gap.
    package var activeCheck: TimeAmount = .seconds(5)
    package var quietCheck: TimeAmount = .seconds(60)
    /// Comparisons per second, and at once, over all rooms of the node.
    package var checksPerSecond = 500
    package var checksAtOnce = 64
    /// Restarts of one connection before its socket closes with 1011. A failure that a restart can repair occurs once,
    /// or with a message that is skipped the second time; otherwise the client must reconnect.
    package var connectionRestarts = RestartIntensity(5, in: .seconds(10))
    /// Restarts of one room before its members' sockets close with 1011 and reconnect to a new room. Each restart costs
    /// every member one read of the log.
    package var roomRestarts = RestartIntensity(5, in: .seconds(10))

    package init() {}
}
