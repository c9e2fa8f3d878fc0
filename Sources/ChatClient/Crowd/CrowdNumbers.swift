package import ChatModel
package import ChatProtocol

/// What `CrowdRecord` counts and measures.
package struct CrowdNumbers: Sendable {
    package internal(set) var sent = 0
    package internal(set) var acked = 0
    /// Rejected acts.
    package internal(set) var refused: [ErrorCode: Int] = [:]
    /// Deliveries to all clients together.
    package internal(set) var received = 0
    package internal(set) var gaps = 0
    /// Sent, but not acknowledged yet.
    package internal(set) var waiting = 0
    /// Clients that are in every room, or at least know that they may not.
    package internal(set) var live = 0
    package internal(set) var connections = 0
    package internal(set) var closes: [UInt16: Int] = [:]
    /// Connections that closed without a close frame, or failed to open.
    package internal(set) var closesWithoutCode = 0
    package internal(set) var postponed: [ErrorCode: Int] = [:]

    /// From sending to each receiver, including time spent waiting in the outbox.
    package internal(set) var latency = DurationHistogram()
    /// From the loss of a connection until the client is in every room again.
    package internal(set) var reconnects = DurationHistogram()
    package internal(set) var healing = DurationHistogram()
    /// The longest time between two messages to one client, while messages were being sent and it was reading.
    package internal(set) var longestSilence = Duration.zero

    /// How often a client was removed from a room that it was in.
    package internal(set) var expulsions = 0

    /// From the latest `welcome`.
    package internal(set) var limits: ServerFrame.Limits?
    /// Why the last connection attempt failed.
    package internal(set) var unreachable: String?

    package init() {}
}
