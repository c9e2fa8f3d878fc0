package import NIOCore

/// The limits of a socket (`docs/protocol.md`, sections 1 to 4). Filled by the node's configuration.
package struct SocketConfiguration: Sendable {
    /// What a client may say at once, its fragments together: any text that may be sent, whichever escapes of JSON it is
    /// written with. The longest has twelve bytes for each scalar, and so may have its room and key.
    package var frameBytes = SocketUpgrader.maximumFrameBytes
    package var rooms = 32
    /// Malformed JSON in a row that ends the socket.
    package var malformedFrames = 3
    /// How long a key is remembered; told to clients, obeyed by the log.
    package var dedupeSeconds = 600
    /// Messages a second and how many may come at once, per user. `messageRate` 0: no limit.
    package var messageRate = 5
    package var messageBurst = 20
    /// Of all users of one address together; 0: no limit, nor is there one without `messageRate`.
    package var messageRatePerAddress = 100
    /// What one address may have the log keep in an hour, a quarter of it at once; 0 and `messageRate` as above.
    package var megabytesPerAddress = 64
    /// Control pings a second and at once, per socket: an answer costs the sender nothing, so they are few.
    package var pingRate = 10
    package var pingBurst = 20
    /// What may wait for a client that reads slowly.
    package var outboundBytes = 1024 * 1024
    /// How long nothing of it may move. A phone that changes its network is silent for some ten seconds; and with the 25 s
    /// at which the timer looks at the latest, a client that only pretends to live is gone within 45.
    package var stallTimeout = TimeAmount.seconds(20)
    package var helloTimeout = TimeAmount.seconds(5)
    /// For the rest of a message, from its first fragment.
    package var fragmentTimeout = TimeAmount.seconds(10)
    /// For the other side's close frame.
    package var closeTimeout = TimeAmount.seconds(5)
    package var heartbeatInterval = TimeAmount.seconds(25)
    package var heartbeatPatience = TimeAmount.seconds(10)
    /// Over how long clients that are sent away come back, each at a random time: long enough to smooth the slices in
    /// which a node drains, short enough that everybody is back within five seconds.
    package var reconnectWindow = TimeAmount.seconds(3)

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
}
