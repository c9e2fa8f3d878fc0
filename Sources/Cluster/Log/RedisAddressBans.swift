package import ChatModel
package import NIOCore
package import RedisClient

/// Bans addresses in Redis, in the hash of the room's rules.
package struct RedisAddressBans: AddressBans {
    private let shards: RedisShards
    private let keys: RoomKeys

    /// - `shards`: set up with `RoomScripts`.
    package init(shards: RedisShards, keys: RoomKeys) {
        self.shards = shards
        self.keys = keys
    }

    package func ban(
        _ address: AddressDigest, becauseOf guest: UserID, in room: RoomName, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<Bool, RelayError>) -> Void
    ) {
        var command = RoomScripts.banAddress.call(.index, keys: [keys.rules(room)])
        command.append(guest.description)
        command.append(address.description)
        shards.shard(of: keys.log(room)).read.send(command, on: eventLoop) { result in
            do throws(RedisError) {
                completion(.success(try result.get().integer() == 1))
            } catch {
                completion(.failure(RelayError(error)))
            }
        }
    }
}
