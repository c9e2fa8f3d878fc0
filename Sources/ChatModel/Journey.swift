package import NIOCore

/// How nodes ask one another about a message's journey. Same rules as `Relay`: called on `eventLoop`, returns at once,
/// completes exactly once on that loop. Rooms receive questions and answers as `RoomSignal`.
package protocol JourneyRelay: Sendable {
    /// Asks every node that holds the room, this one included. Completes with the number of nodes that received it.
    func ask(
        _ question: JourneyQuestion, in room: RoomName, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<Int, RelayError>) -> Void)

    /// Answers only the node that asked.
    func answer(_ answer: JourneyAnswer, to node: String, on eventLoop: any EventLoop)

    /// The current time of the clock of the room's log; `nil` while unknown.
    func logTime(of room: RoomName) -> LogTime?
}

/// Asks every node that holds a room for a message's times (`docs/protocol.md`, section 12).
package struct JourneyQuestion: Hashable, Sendable {
    package let message: MessageID
    /// Name of the asking node, which gets the answers.
    package let asker: String
    /// Random, returned with each answer.
    package let number: UInt64

    package init(message: MessageID, asker: String, number: UInt64) {
        self.message = message
        self.asker = asker
        self.number = number
    }
}

/// One node's answer.
package struct JourneyAnswer: Hashable, Sendable {
    package let room: RoomName
    package let number: UInt64
    package let node: String
    /// `nil`: the node has no times of the message, because it dropped them or held the room only later.
    package let stop: JourneyStop?

    package init(room: RoomName, number: UInt64, node: String, stop: JourneyStop?) {
        self.room = room
        self.number = number
        self.node = node
        self.stop = stop
    }
}

/// A message's passage through one node. Times and durations in microseconds.
package struct JourneyStop: Hashable, Sendable {
    /// When the room received it. `nil`: the node does not know the log's clock yet.
    package let heardAt: LogTime?
    /// From then until the last event loop had written it to its members.
    package let fanOut: Int64
    package let sockets: Int
    /// Set only on the sender's node.
    package let start: JourneyStart?

    package init(heardAt: LogTime?, fanOut: Int64, sockets: Int, start: JourneyStart?) {
        self.heardAt = heardAt
        self.fanOut = fanOut
        self.sockets = sockets
        self.start = start
    }
}

/// A message's times on its sender's node, by that node's clock.
package struct JourneyStart: Hashable, Sendable {
    /// From the socket to the room, which publishes at once.
    package let waited: Int64
    /// From publishing until the log confirmed it.
    package let confirmed: Int64
    /// From publishing until this node received the message.
    package let returned: Int64

    package init(waited: Int64, confirmed: Int64, returned: Int64) {
        self.waited = waited
        self.confirmed = confirmed
        self.returned = returned
    }
}

/// A time by the log's clock, which all nodes share.
package struct LogTime: Hashable, Sendable {
    /// All times lie in 0 … 2⁵³, so that differences never overflow.
    package static let range: ClosedRange<Int64> = 0...(1 << 53)

    /// Since 1970.
    package let microseconds: Int64
    /// Error bound in either direction.
    package let within: Int64

    /// `nil`: out of range.
    package init?(microseconds: Int64, within: Int64) {
        guard Self.range.contains(microseconds), Self.range.contains(within) else { return nil }
        self.microseconds = microseconds
        self.within = within
    }

    /// - Parameter age: in microseconds.
    package func before(_ age: Int64) -> LogTime? {
        let (earlier, overflow) = microseconds.subtractingReportingOverflow(age)
        return overflow ? nil : LogTime(microseconds: earlier, within: within)
    }
}
