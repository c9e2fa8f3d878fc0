package import ChatModel
package import NIOCore
package import RedisClient
import Synchronization

/// All rooms, in Redis two sorted sets by last activity: one of the open rooms, and one of the private ones, which only
/// operators see. `RedisRelay` notes what it publishes.
package final class RedisRoomIndex: RoomIndex {
    private let shards: RedisShards
    private let keys: RoomKeys
    private let lifetime: UInt64
    private let most: Int?
    private let throttle = Mutex(RoomActivityThrottle())
    private let fullness = Mutex(RoomFullness())

    package init(shards: RedisShards, keys: RoomKeys, limits: RoomLimits) {
        self.shards = shards
        self.keys = keys
        lifetime = UInt64(limits.idleDays) * 24 * 3600 * 1000
        most = limits.mostRooms
    }

    /// The read connection, to keep the publish connection free.
    private func link(of key: String) -> RedisLink { shards.shard(of: key).read }

    /// A message was published. Best effort: the next publish makes up for a failure.
    func note(_ room: RoomName, at ms: UInt64, on eventLoop: any EventLoop) {
        let action = throttle.withLock { $0.active(room, at: ms) }
        if action.note {
            let key = keys.index(of: room)
            link(of: key).send(RedisCommand(.index, "ZADD", key, ms, room.description), on: eventLoop) { _ in }
        }
        guard action.prune else { return }
        let expired = ms - min(ms, lifetime)
        for key in [keys.rooms, keys.privateRooms] {
            link(of: key).send(RedisCommand(.index, "ZREMRANGEBYSCORE", key, "-inf", expired), on: eventLoop) { _ in }
        }
    }

    /// Asks Redis at most every ten seconds, and only while guests make rooms.
    package func isFull(for room: RoomName, on eventLoop: any EventLoop) -> Bool {
        guard let most else { return false }
        let key = keys.index(of: room)
        let (isFull, isDue) = fullness.withLock { $0.ask(key, at: .now()) }
        guard isDue else { return isFull }
        // The last of the rooms that guests may make.
        let command = RedisCommand(.index, "ZREVRANGE", key, most - 1, most - 1)
        link(of: key).send(command, on: eventLoop) { [self] reply in
            guard let last = try? reply.get().array() else { return }
            fullness.withLock { $0.found(key, isFull: !last.isEmpty) }
        }
        return isFull
    }

    package func recentRooms(limit: Int) async throws -> [RoomActivity] {
        try await rooms(isPrivate: false, limit: limit)
    }

    /// For operators, also the private ones.
    func rooms(isPrivate: Bool, limit: Int) async throws -> [RoomActivity] {
        guard limit > 0 else { return [] }
        let key = isPrivate ? keys.privateRooms : keys.rooms
        let reply: [RedisReply]
        do throws(RedisError) {
            reply = try await link(of: key).send(
                RedisCommand(.index, "ZREVRANGE", key, 0, limit - 1, "WITHSCORES")
            ).array()
        } catch {
            throw RelayError(error)
        }
        return stride(from: 0, to: reply.count - 1, by: 2).compactMap { index in
            guard let room = (try? reply[index].string()).flatMap({ RoomName($0) }), room.isPrivate == isPrivate,
                let activity = (try? reply[index + 1].string()).flatMap({ Double($0) }).flatMap({ Int64(exactly: $0) })
            else { return nil }
            return RoomActivity(room: room, lastActivity: activity)
        }
    }

    func remove(_ room: RoomName) async throws(RedisError) {
        let key = keys.index(of: room)
        _ = try await link(of: key).send(RedisCommand(.index, "ZREM", key, room.description)).integer()
        // Noted again as soon as somebody speaks there.
        throttle.withLock { $0.forget(room) }
    }
}
