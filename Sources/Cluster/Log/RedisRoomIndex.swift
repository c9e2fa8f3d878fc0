package import ChatModel
package import NIOCore
package import RedisClient
import Synchronization

/// All rooms, in Redis two sorted sets by last activity: one of the open rooms, and one of the private ones, which only
/// operators see. `RedisRelay` notes what it publishes.
package final class RedisRoomIndex: RoomIndex {
    private let shards: RedisShards
    private let keys: RoomKeys
    /// Of rooms that belong to somebody, in milliseconds.
    private let lifetime: UInt64
    private let unownedLifetime: UInt64
    private let most: Int?
    private let throttle = Mutex(RoomActivityThrottle())
    private let fullness = Mutex(RoomFullness())
    private let search = Mutex(Search())

    /// For rooms that are listed, but have no log any more.
    private struct Search {
        static let atOnce = 200
        /// Where it goes on.
        var from = "-inf"
        /// The latest time of the log's clock, in milliseconds since 1970.
        var now: UInt64 = 0
    }

    package init(shards: RedisShards, keys: RoomKeys, limits: RoomLimits) {
        self.shards = shards
        self.keys = keys
        lifetime = UInt64(limits.idleDays) * 24 * 3600 * 1000
        unownedLifetime = UInt64(limits.unownedDays ?? limits.idleDays) * 24 * 3600 * 1000
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
            search.withLock { $0.now = max($0.now, ms) }
        }
        guard action.prune else { return }
        let expired = ms - min(ms, lifetime)
        for key in [keys.rooms, keys.privateRooms] {
            link(of: key).send(RedisCommand(.index, "ZREMRANGEBYSCORE", key, "-inf", expired), on: eventLoop) { _ in }
        }
        dropExpired(on: eventLoop)
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
            if !last.isEmpty { dropExpired(on: eventLoop) }
        }
        return isFull
    }

    /// Rooms that belong to nobody expire sooner than their place in the list: looks for those that have no log any
    /// more, some at a time.
    private func dropExpired(on eventLoop: any EventLoop) {
        guard unownedLifetime < lifetime else { return }
        let (from, now) = search.withLock { ($0.from, $0.now) }
        let command = RedisCommand(
            .index, "ZRANGEBYSCORE", keys.rooms, from, now - min(now, unownedLifetime), "WITHSCORES", "LIMIT", 0,
            Search.atOnce)
        link(of: keys.rooms).send(command, on: eventLoop) { [self] reply in
            guard let found = try? reply.get().array() else { return }
            let last = found.count < 2 * Search.atOnce ? nil : (try? found.last?.string())
            search.withLock { $0.from = last.map { "(\($0)" } ?? "-inf" }
            for index in stride(from: 0, to: found.count, by: 2) {
                guard let room = (try? found[index].string()).flatMap({ RoomName($0) }) else { continue }
                let log = keys.log(room)
                shards.shard(of: log).read.send(RedisCommand(.index, "EXISTS", log), on: eventLoop) { [self] reply in
                    guard (try? reply.get().integer()) == 0 else { return }
                    let command = RedisCommand(.index, "ZREM", keys.rooms, room.description)
                    link(of: keys.rooms).send(command, on: eventLoop) { _ in }
                    throttle.withLock { $0.forget(room) }
                }
            }
        }
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
