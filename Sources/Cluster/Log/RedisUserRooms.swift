package import ChatModel
package import NIOCore
package import RedisClient

/// The private rooms of each user, in Redis a sorted set by when they got their role. `RedisRelay` notes what it
/// publishes. Tells all nodes of a new role, whose sockets are not in the room yet.
package struct RedisUserRooms: UserRooms {
    private let shards: RedisShards
    private let keys: RoomKeys
    private let lifetime: Int

    package init(shards: RedisShards, keys: RoomKeys, limits: RoomLimits) {
        self.shards = shards
        self.keys = keys
        lifetime = limits.idleDays * 24 * 3600
    }

    /// Best effort. A role that was there already is noted again, as the list may have lost it.
    /// - `id`: of the entry; `nil`: the role was there already.
    func note(_ draft: MessageDraft, in room: RoomName, at id: MessageID?, on eventLoop: any EventLoop) {
        guard room.isPrivate, case .room(.role(let role, let user, _)) = draft.act else { return }
        let key = keys.userRooms(user)
        let link = shards.shard(of: key).read
        guard role.isMember else {
            link.send(RedisCommand(.index, "ZREM", key, room.description), on: eventLoop) { _ in }
            let read = keys.readPositions(user)
            let command = RedisCommand(.index, "HDEL", read, room.description)
            return shards.shard(of: read).read.send(command, on: eventLoop) { _ in }
        }
        let score = id?.ms ?? UInt64(max(0, WallClock.milliseconds()))
        link.send(RedisCommand(.index, "ZADD", key, score, room.description), on: eventLoop) { _ in }
        // The oldest stay: nobody can push a user's rooms off the list with new ones.
        link.send(RedisCommand(.index, "ZREMRANGEBYRANK", key, UserRoomList.most, -1), on: eventLoop) { _ in }
        link.send(RedisCommand(.index, "EXPIRE", key, lifetime), on: eventLoop) { _ in }
        if id == nil { return }
        let news = LiveWire.encode(.added(room: room, by: User(id: draft.user, name: draft.name)), for: user)
        let command = RedisCommand(.publish, keys.publish, keys.users, news)
        shards.shard(of: keys.users).publish.send(command, on: eventLoop) { _ in }
    }

    package func rooms(
        of user: UserID, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<[RoomName], RelayError>) -> Void
    ) {
        let key = keys.userRooms(user)
        let command = RedisCommand(.index, "ZREVRANGE", key, 0, UserRoomList.most - 1)
        shards.shard(of: key).read.send(command, on: eventLoop) { reply in
            do throws(RedisError) {
                let names = try reply.get().array().compactMap { (name) in try? name.string() }
                // The user is still active, so the list must not expire.
                shards.shard(of: key).read.send(RedisCommand(.index, "EXPIRE", key, lifetime), on: eventLoop) { _ in }
                completion(.success(names.compactMap { RoomName($0) }.filter(\.isPrivate)))
            } catch {
                completion(.failure(RelayError(error)))
            }
        }
    }
}
