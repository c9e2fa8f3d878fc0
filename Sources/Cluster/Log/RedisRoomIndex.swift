package import ChatModel
import NIOCore
package import RedisClient
import Synchronization

/// All rooms, in Redis a sorted set by last activity. `RedisRelay` notes what it publishes.
package final class RedisRoomIndex: RoomIndex {
    private let shards: RedisShards
    private let keys: RoomKeys
    private let lifetime: UInt64
    private let throttle = Mutex(RoomActivityThrottle())

    package init(shards: RedisShards, keys: RoomKeys, limits: RoomLimits) {
        self.shards = shards
        self.keys = keys
        lifetime = UInt64(limits.idleDays) * 24 * 3600 * 1000
    }

    /// The read connection, to keep the publish connection free.
    private var link: RedisLink { shards.shard(of: keys.rooms).read }

    /// A message was published. Best effort: the next publish makes up for a failure.
    func note(_ room: RoomName, at ms: UInt64, on eventLoop: any EventLoop) {
        if room.isPrivate { return }
        let action = throttle.withLock { $0.active(room, at: ms) }
        if action.note {
            link.send(RedisCommand(.index, "ZADD", keys.rooms, ms, room.description), on: eventLoop) { _ in }
        }
        if action.prune {
            let expired = ms - min(ms, lifetime)
            link.send(RedisCommand(.index, "ZREMRANGEBYSCORE", keys.rooms, "-inf", expired), on: eventLoop) { _ in }
        }
    }

    package func recentRooms(limit: Int) async throws -> [RoomActivity] {
        guard limit > 0 else { return [] }
        let reply: [RedisReply]
        do throws(RedisError) {
            reply = try await link.send(
                RedisCommand(.index, "ZREVRANGE", keys.rooms, 0, limit - 1, "WITHSCORES")
            ).array()
        } catch {
            throw RelayError(error)
        }
        return stride(from: 0, to: reply.count - 1, by: 2).compactMap { index in
            guard let room = (try? reply[index].string()).flatMap({ RoomName($0) }), !room.isPrivate,
                let activity = (try? reply[index + 1].string()).flatMap({ Double($0) }).flatMap({ Int64(exactly: $0) })
            else { return nil }
            return RoomActivity(room: room, lastActivity: activity)
        }
    }
}
