package import ChatModel
package import NIOCore

/// The limits of a socket (`docs/protocol.md`, sections 1 to 4). Filled by the node's configuration.
package struct SocketConfiguration: Sendable {
    /// Maximum size of a message, all fragments together. Fits any valid text in any JSON escaping: at most twelve
    /// bytes per scalar, also of its room and key.
    package var frameBytes = SocketUpgrader.maximumFrameBytes
    package var rooms = 32
    package var reservedNames = ReservedNames()
    /// Malformed frames in a row that close the socket.
    package var malformedFrames = 3
    /// How long a key is remembered; sent to clients, applied by the log.
    package var dedupeSeconds = 600
    /// Messages per second and at once, per user. `messageRate` 0: no limit.
    package var messageRate = 5
    package var messageBurst = 20
    /// Of all users of one address together; 0, or `messageRate` 0: no limit.
    package var messageRatePerAddress = 100
    /// What one address may write to the log per hour, a quarter of it at once; 0, or `messageRate` 0: no limit.
    package var megabytesPerAddress = 64
    /// Rooms that guests of one address may make per hour, all of them at once; 0, or `messageRate` 0: no limit.
    package var roomsPerAddress = 20
    /// Control pings per second and at once, per socket. Few, because answers cost the sender nothing.
    package var pingRate = 10
    package var pingBurst = 20
    /// What may be queued for a slow reader.
    package var outboundBytes = 1024 * 1024
    /// How long the queue may not move. A phone that changes networks is silent for about ten seconds. The timer looks
    /// at least every 25 s, so a client that only pretends to read is closed within 45.
    package var stallTimeout = TimeAmount.seconds(20)
    package var helloTimeout = TimeAmount.seconds(5)
    /// For the rest of a message after its first fragment.
    package var fragmentTimeout = TimeAmount.seconds(10)
    /// For the peer's close frame.
    package var closeTimeout = TimeAmount.seconds(5)
    package var heartbeatInterval = TimeAmount.seconds(25)
    var heartbeatSeconds: Int { Int(heartbeatInterval.nanoseconds / 1_000_000_000) }
    package var heartbeatPatience = TimeAmount.seconds(10)
    /// Drained clients reconnect at a random time within this window: long enough to smooth the slices of a drain,
    /// short enough that all are back within five seconds.
    package var reconnectWindow = TimeAmount.seconds(3)

    /// Between two writes of what the user of a socket has read.
    package var readPause = TimeAmount.seconds(10)
    /// How often all sockets of the node together may write it: Redis has more urgent things to do.
    package var readRate = RateLimit.Configuration(perSecond: 500, burst: 1_000)

    package init() {}

    package var rate: RateLimit.Configuration? {
        RateLimit.Configuration(perSecond: messageRate, burst: messageBurst)
    }

    var addressRate: RateLimit.Configuration? {
        guard messageRate > 0 else { return nil }
        return RateLimit.Configuration(perSecond: messageRatePerAddress, burst: 4 * messageRatePerAddress)
    }

    var addressBytes: RateLimit.Configuration? {
        guard messageRate > 0 else { return nil }
        let hour = megabytesPerAddress * 1_048_576
        return RateLimit.Configuration(perSecond: hour / 3_600, burst: hour / 4)
    }

    var addressRooms: RateLimit.Configuration? {
        messageRate > 0 ? RateLimit.Configuration(perHour: roomsPerAddress) : nil
    }
}
