package import ChatModel
package import NIOCore
package import RedisClient

/// What a user's devices share, in Redis: a hash of the positions up to which rooms are read, and a key for each link
/// that was used.
package struct RedisUserDevices: UserDevices {
    /// A used link is known for as long as the clocks of nodes may differ, and longer: in seconds.
    private static let linkLifetime = 600

    private let shards: RedisShards
    private let keys: RoomKeys
    private let lifetime: Int

    /// - `shards`: set up with `RoomScripts`.
    package init(shards: RedisShards, keys: RoomKeys, limits: RoomLimits) {
        self.shards = shards
        self.keys = keys
        lifetime = limits.idleDays * 24 * 3600
    }

    package func read(
        _ positions: [ReadPosition], by user: UserID, at origin: SocketOrigin, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<Void, RelayError>) -> Void
    ) {
        let key = keys.readPositions(user)
        var command = RoomScripts.readPositions.call(.devices, keys: [key])
        command.append(ReadPosition.mostRooms)
        command.append(lifetime)
        for read in positions {
            command.append(read.room.description)
            command.append(read.position.epoch.description)
            command.append(read.position.id.description)
        }
        shards.shard(of: key).read.send(command, on: eventLoop) { reply in
            do throws(RedisError) {
                let isNew = try reply.get().array().map { (one) throws(RedisError) in try one.integer() == 1 }
                for (read, isNew) in zip(positions, isNew) where isNew {
                    publish(.read(read, origin: origin), for: user, on: eventLoop)
                }
                completion(.success(()))
            } catch {
                completion(.failure(RelayError(error)))
            }
        }
    }

    package func positions(
        of user: UserID, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<[ReadPosition], RelayError>) -> Void
    ) {
        let key = keys.readPositions(user)
        shards.shard(of: key).read.send(RedisCommand(.devices, "HGETALL", key), on: eventLoop) { reply in
            do throws(RedisError) {
                let fields = try reply.get().array()
                completion(
                    .success(
                        stride(from: 0, to: fields.count - 1, by: 2).prefix(ReadPosition.mostRooms).compactMap {
                            ReadPosition(try? fields[$0].string(), try? fields[$0 + 1].string())
                        }))
            } catch {
                completion(.failure(RelayError(error)))
            }
        }
    }

    package func take(
        link: String, to user: UserID, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<Bool, RelayError>) -> Void
    ) {
        let key = keys.usedLink(link)
        let command = RedisCommand(.devices, "SET", key, 1, "NX", "EX", Self.linkLifetime)
        shards.shard(of: key).read.send(command, on: eventLoop) { reply in
            do throws(RedisError) {
                let isFirst = try !reply.get().isNull
                if isFirst { publish(.linked, for: user, on: eventLoop) }
                completion(.success(isFirst))
            } catch {
                completion(.failure(RelayError(error)))
            }
        }
    }

    private func publish(_ news: UserNews, for user: UserID, on eventLoop: any EventLoop) {
        let command = RedisCommand(.devices, keys.publish, keys.devices, LiveWire.encode(news, for: user))
        shards.shard(of: keys.devices).read.send(command, on: eventLoop) { _ in }
    }
}

extension ReadPosition {
    /// A field of the hash; `nil`: no node has written it.
    fileprivate init?(_ name: String?, _ value: String?) {
        guard let room = name.flatMap({ RoomName($0) }),
            let parts = value?.split(separator: " ", maxSplits: 1).map(String.init), parts.count == 2,
            let epoch = Epoch(parts[0]), epoch != .none, let id = MessageID(parts[1])
        else { return nil }
        self.init(room: room, position: RoomPosition(epoch: epoch, id: id))
    }
}
