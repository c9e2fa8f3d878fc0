package import ChatModel

/// What `CrowdRecord` has counted and measured.
package struct CrowdNumbers: Sendable {
    package internal(set) var sent = 0
    package internal(set) var acked = 0
    /// Acts that the server would not do.
    package internal(set) var refused: [ErrorCode: Int] = [:]
    /// Messages delivered, to all clients together.
    package internal(set) var received = 0
    package internal(set) var gaps = 0
    /// Sent and not acknowledged yet.
    package internal(set) var waiting = 0
    /// Clients that are in every room.
    package internal(set) var live = 0
    package internal(set) var connections = 0
    package internal(set) var closes: [UInt16: Int] = [:]
    /// Connections that ended without a close frame, or could not be made.
    package internal(set) var closesWithoutCode = 0
    package internal(set) var putOff: [ErrorCode: Int] = [:]

    /// From sending to each receiver; waiting for a connection or for the message before it included.
    package internal(set) var latency = DurationHistogram()
    /// From the end of a connection until the client is in every room again.
    package internal(set) var reconnects = DurationHistogram()
    package internal(set) var healing = DurationHistogram()
    /// The longest time between two messages to one client, while messages were being sent and the client read.
    package internal(set) var longestSilence = Duration.zero

    /// By the newest `welcome`.
    package internal(set) var limits: ServerFrame.Limits?
    /// Why the last connection could not be made.
    package internal(set) var unreachable: String?

    package init() {}
}
