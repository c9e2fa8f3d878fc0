package import ChatModel

extension ServerFrame {
    /// A message's journey as far as the nodes know it. Durations in microseconds.
    package struct Traced: Hashable, Sendable {
        package struct Origin: Hashable, Sendable {
            package let node: String
            /// From the socket to the room.
            package let waited: Int64
            /// From the room to the log and back.
            package let confirmed: Int64
            package init(node: String, waited: Int64, confirmed: Int64) {
                self.node = node
                self.waited = waited
                self.confirmed = confirmed
            }
        }

        package struct Node: Hashable, Sendable {
            package let node: String
            /// `nil`: the node has no times of the message.
            package let passage: Passage?
            package init(node: String, passage: Passage?) {
                self.node = node
                self.passage = passage
            }
        }

        package struct Passage: Hashable, Sendable {
            /// Since the message was published or, without an origin, since its id was assigned. `nil`: the node does
            /// not know the log's clock.
            package let heard: Uncertain?
            /// From then until it was written to all sockets.
            package let fanOut: Int64
            package let sockets: Int
            package init(heard: Uncertain?, fanOut: Int64, sockets: Int) {
                self.heard = heard
                self.fanOut = fanOut
                self.sockets = sockets
            }
        }

        /// A duration measured by two clocks.
        package struct Uncertain: Hashable, Sendable {
            package let duration: Int64
            /// Error bound in either direction.
            package let within: Int64
            package init(duration: Int64, within: Int64) {
                self.duration = duration
                self.within = within
            }
        }

        package let room: RoomName
        package let key: String
        package let id: MessageID
        /// The node that published it; `nil`: it has not answered, or has dropped the times.
        package let origin: Origin?
        /// The nodes that answered, by name.
        package let nodes: [Node]
        /// How many nodes hold the room and were asked.
        package let expected: Int

        package init(room: RoomName, key: String, id: MessageID, origin: Origin?, nodes: [Node], expected: Int) {
            self.room = room
            self.key = key
            self.id = id
            self.origin = origin
            self.nodes = nodes
            self.expected = expected
        }
    }
}

extension ServerFrame.Traced {
    /// Combines the nodes' answers. On the sender's node the time from publishing to receiving is exact; on the others
    /// it is the difference of two readings of the log's clock, with the errors of both, and never negative.
    package init(room: RoomName, key: String, id: MessageID, answers: [JourneyAnswer], expected: Int) {
        var origin: Origin?
        var published = id.logTime
        if let answer = answers.first(where: { $0.stop?.start != nil }), let stop = answer.stop, let start = stop.start
        {
            origin = Origin(node: answer.node, waited: start.waited, confirmed: start.confirmed)
            published = stop.heardAt?.before(start.returned)
        }
        let nodes = answers.sorted { $0.node < $1.node }.map { answer in
            Node(node: answer.node, passage: answer.stop.map { Passage($0, published: published) })
        }
        self.init(room: room, key: key, id: id, origin: origin, nodes: nodes, expected: expected)
    }
}

extension ServerFrame.Traced.Passage {
    fileprivate init(_ stop: JourneyStop, published: LogTime?) {
        let exact = stop.start.map { ServerFrame.Traced.Uncertain(duration: $0.returned, within: 0) }
        self.init(
            heard: exact ?? ServerFrame.Traced.Uncertain(from: published, to: stop.heardAt), fanOut: stop.fanOut,
            sockets: stop.sockets)
    }
}

extension ServerFrame.Traced.Uncertain {
    fileprivate init?(from: LogTime?, to: LogTime?) {
        guard let from, let to else { return nil }
        self.init(duration: max(0, to.microseconds - from.microseconds), within: from.within + to.within)
    }
}

extension MessageID {
    /// When the log assigned it: the middle of its millisecond.
    fileprivate var logTime: LogTime? {
        guard let milliseconds = Int64(exactly: ms) else { return nil }
        let (microseconds, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000)
        return overflow ? nil : LogTime(microseconds: microseconds, within: 500)?.before(-500)
    }
}
