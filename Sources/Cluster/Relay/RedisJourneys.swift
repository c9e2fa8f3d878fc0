package import ChatModel
package import NIOCore
package import RedisClient

/// Questions about journeys go to the room's live channel, answers to the inbox of the node that asked. `RedisRelay`
/// receives both.
package struct RedisJourneys: JourneyRelay {
    private let shards: RedisShards
    private let keys: RoomKeys
    private let clock: @Sendable (RoomName) -> LogTime?

    /// - `clock`: of a room's log.
    package init(shards: RedisShards, keys: RoomKeys, clock: @escaping @Sendable (RoomName) -> LogTime?) {
        self.shards = shards
        self.keys = keys
        self.clock = clock
    }

    package func ask(
        _ question: JourneyQuestion, in room: RoomName, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<Int, RelayError>) -> Void
    ) {
        let command = RedisCommand(.journey, keys.publish, keys.channel(room), LiveWire.encode(.asked(question)))
        shards.shard(of: keys.channel(room)).publish.send(command, on: eventLoop) { result in
            completion(Result { () throws(RedisError) in try Int(result.get().integer()) }.mapError { RelayError($0) })
        }
    }

    package func answer(_ answer: JourneyAnswer, to node: String, on eventLoop: any EventLoop) {
        let inbox = keys.inbox(of: node)
        let command = RedisCommand(.journey, keys.publish, inbox, LiveWire.encode(.answered(answer)))
        shards.shard(of: inbox).publish.send(command, on: eventLoop) { _ in }
    }

    package func logTime(of room: RoomName) -> LogTime? { clock(room) }
}
