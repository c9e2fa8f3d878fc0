package import ChatModel
package import NIOCore
package import RedisClient

/// Questions about journeys go to the room's live channel, answers to the inbox of the node that asked. `RedisRelay`
/// receives both.
package struct RedisJourneys: JourneyRelay {
    private let link: RedisLink
    private let keys: RoomKeys
    private let clock: @Sendable () -> LogTime?

    /// - `clock`: the log's.
    package init(link: RedisLink, keys: RoomKeys, clock: @escaping @Sendable () -> LogTime?) {
        self.link = link
        self.keys = keys
        self.clock = clock
    }

    package func ask(
        _ question: JourneyQuestion, in room: RoomName, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<Int, RelayError>) -> Void
    ) {
        let command = RedisCommand(.journey, "PUBLISH", keys.channel(room), LiveWire.encode(.asked(question)))
        link.send(command, on: eventLoop) { result in
            completion(Result { () throws(RedisError) in try Int(result.get().integer()) }.mapError { RelayError($0) })
        }
    }

    package func answer(_ answer: JourneyAnswer, to node: String, on eventLoop: any EventLoop) {
        let command = RedisCommand(.journey, "PUBLISH", keys.inbox(of: node), LiveWire.encode(.answered(answer)))
        link.send(command, on: eventLoop) { _ in }
    }

    package var logTime: LogTime? { clock() }
}
