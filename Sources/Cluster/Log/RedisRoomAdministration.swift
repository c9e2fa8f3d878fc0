package import ChatModel
package import RedisClient

/// What operators see of rooms in Redis and do to them.
package struct RedisRoomAdministration: RoomAdministration {
    private let shards: RedisShards
    private let keys: RoomKeys
    private let index: RedisRoomIndex

    package init(shards: RedisShards, keys: RoomKeys, index: RedisRoomIndex) {
        self.shards = shards
        self.keys = keys
        self.index = index
    }

    package func rooms(isPrivate: Bool, limit: Int) async throws -> [RoomActivity] {
        try await index.rooms(isPrivate: isPrivate, limit: limit)
    }

    /// Of the rules themselves, not of the log's head: they outlive it.
    package func rules(of room: RoomName) async throws -> RoomRules? {
        do throws(RedisError) {
            let link = shards.shard(of: keys.log(room)).read
            let rules = try await link.send(RedisCommand(.index, "HGETALL", keys.rules(room)))
            if try !rules.array().isEmpty { return try LogReply.rules(rules) }
            let isThere = try await link.send(RedisCommand(.index, "EXISTS", keys.log(room))).integer() > 0
            return isThere ? RoomRules() : nil
        } catch {
            throw RelayError(error)
        }
    }

    /// The log goes last: after a failure halfway, the room is still there to be deleted again.
    package func delete(_ room: RoomName) async throws -> Bool {
        guard let rules = try await rules(of: room) else { return false }
        do throws(RedisError) {
            try await index.remove(room)
            for user in rules.grants.keys where room.isPrivate {
                let key = keys.userRooms(user)
                _ = try await shards.shard(of: key).read.send(RedisCommand(.index, "ZREM", key, room.description))
                    .integer()
            }
        } catch {
            throw RelayError(error)
        }
        var delete = RoomScripts.deleteRoom.call(
            .index,
            keys: [
                keys.log(room), keys.head(room), keys.acts(room), keys.rules(room), keys.spoke(room), keys.files(room),
            ])
        delete.append(keys.publish)
        delete.append(keys.channel(room))
        delete.append(LiveWire.encode(.deleted))
        do throws(RedisError) {
            // Not the connection for reading: the signal must come behind all messages of the room.
            _ = try await shards.shard(of: keys.log(room)).publish.send(delete).integer()
        } catch {
            throw RelayError(error)
        }
        return true
    }
}
