package import ChatModel
package import NIOCore
package import RedisClient

/// Devices for push messages, in Redis: a hash for each user, and for all of them a sorted set by when their devices
/// changed. The node whose turn it is holds a key that expires.
package struct RedisPushStore: PushStore {
    private let shards: RedisShards
    private let keys: RoomKeys
    private let node: NodeIncarnation
    /// In seconds.
    private let lifetime: Int

    /// - `shards`: set up with `RoomScripts`.
    package init(shards: RedisShards, keys: RoomKeys, node: NodeIncarnation, limits: RoomLimits) {
        self.shards = shards
        self.keys = keys
        self.node = node
        lifetime = limits.idleDays * 24 * 3600
    }

    package func keep(
        _ device: PushDevice, of user: User, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<Void, RelayError>) -> Void
    ) {
        let key = keys.pushDevices(user.id)
        let link = shards.shard(of: key).read
        note(user.id, on: eventLoop) { noted in
            do throws(RelayError) {
                try noted.get()
            } catch {
                return completion(.failure(error))
            }
            link.send(RedisCommand(.push, "HGETALL", key), on: eventLoop) { reply in
                do throws(RedisError) {
                    let kept = try PushRecords(reply.get())
                    let change = kept.adding(device)
                    for field in change.removed {
                        link.send(RedisCommand(.push, "HDEL", key, field), on: eventLoop) { _ in }
                    }
                    let command = RedisCommand(
                        .push, "HSET", key, PushRecords.name, user.name, change.field, change.value)
                    link.send(command, on: eventLoop) { reply in
                        completion(reply.map { _ in }.mapError { RelayError($0) })
                    }
                    link.send(RedisCommand(.push, "EXPIRE", key, lifetime), on: eventLoop) { _ in }
                } catch {
                    completion(.failure(RelayError(error)))
                }
            }
        }
    }

    package func remove(
        endpoint: String, of user: UserID, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<Void, RelayError>) -> Void
    ) {
        let key = keys.pushDevices(user)
        let command = RedisCommand(.push, "HDEL", key, PushRecords.field(of: endpoint))
        shards.shard(of: key).read.send(command, on: eventLoop) { reply in
            do throws(RedisError) {
                // Otherwise the user had no such device.
                guard try reply.get().integer() > 0 else { return completion(.success(())) }
                note(user, on: eventLoop, completion)
            } catch {
                completion(.failure(RelayError(error)))
            }
        }
    }

    /// The node that sends hears that the user's devices changed.
    private func note(
        _ user: UserID, on eventLoop: any EventLoop,
        _ completion: @escaping @Sendable (Result<Void, RelayError>) -> Void
    ) {
        let command = command("note", user.description, "\(PushStoreLimits.users)", "\(lifetime)")
        shards.shard(of: keys.pushUsers).read.send(command, on: eventLoop) { reply in
            do throws(RedisError) {
                guard try reply.get().integer() == 1 else {
                    return completion(.failure(.tooManyPushUsers))
                }
                completion(.success(()))
            } catch {
                completion(.failure(RelayError(error)))
            }
        }
    }

    package func takeTurn(upTo: Int64?, changedSince: Int64) async throws(RelayError) -> PushTurn? {
        do throws(RedisError) {
            let reply = try await shards.shard(of: keys.pushUsers).read.send(
                command(
                    "turn", node.description, "\(PushStoreLimits.turn)", upTo.map { "\($0)" } ?? "", "\(changedSince)",
                    "\(PushStoreLimits.oldest)")
            ).array()
            guard reply.count == 3 else { return nil }
            return PushTurn(
                now: try reply[0].integer(), seen: try reply[1].integer(),
                changed: try reply[2].array().compactMap { (try? $0.string()).map { UserID($0) } })
        } catch {
            throw RelayError(error)
        }
    }

    package func subscriber(_ user: UserID) async throws(RelayError) -> PushSubscriber? {
        let key = keys.pushDevices(user)
        do throws(RedisError) {
            let records = try PushRecords(
                try await shards.shard(of: key).read.send(RedisCommand(.push, "HGETALL", key)))
            if let subscriber = records.subscriber(user) { return subscriber }
            _ = try await shards.shard(of: keys.pushUsers).read.send(command("forget", user.description))
            return nil
        } catch {
            throw RelayError(error)
        }
    }

    package func activeRooms(since: Int64) async throws(RelayError) -> [RoomName] {
        var rooms: [RoomName] = []
        do throws(RedisError) {
            for key in [keys.rooms, keys.privateRooms] {
                let reply = try await shards.shard(of: key).read.send(
                    RedisCommand(
                        .push, "ZRANGEBYSCORE", key, Int(clamping: since), "+inf", "LIMIT", 0, PushStoreLimits.rooms))
                rooms += try reply.array().compactMap { (try? $0.string()).flatMap { RoomName($0) } }
            }
        } catch {
            throw RelayError(error)
        }
        return rooms
    }

    private func command(_ arguments: String...) -> RedisCommand {
        var command = RoomScripts.pushTurns.call(.push, keys: [keys.pushUsers, keys.pushTurn, keys.pushSeen])
        for argument in arguments { command.append(argument) }
        return command
    }
}

/// The hash of a user: `name`, and for each device `<number>\n` and `PushDevice.stored`. The numbers tell which device
/// was noted first.
private struct PushRecords {
    static let name = "name"

    private var userName: String?
    private var devices: [String: (number: UInt32, device: PushDevice)] = [:]

    static func field(of endpoint: String) -> String {
        PushDevice.digest(of: endpoint)
    }

    init(_ reply: RedisReply) throws(RedisError) {
        let fields = try reply.array()
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            guard let name = try? fields[index].string(), let value = try? fields[index + 1].string() else { continue }
            if name == Self.name {
                userName = value
                continue
            }
            let parts = value.split(separator: "\n", maxSplits: 1).map(String.init)
            guard parts.count == 2, let number = UInt32(parts[0]), let device = PushDevice(stored: parts[1]) else {
                continue
            }
            devices[name] = (number, device)
        }
    }

    func adding(_ device: PushDevice) -> (field: String, value: String, removed: [String]) {
        let field = Self.field(of: device.endpoint)
        let others = devices.filter { $0.key != field }.sorted { $0.value.number < $1.value.number }
        let number = (others.last?.value.number ?? 0) &+ 1
        return (
            field, "\(number)\n\(device.stored)",
            others.prefix(max(0, others.count + 1 - PushDevice.most)).map(\.key)
        )
    }

    func subscriber(_ user: UserID) -> PushSubscriber? {
        guard let userName, !devices.isEmpty else { return nil }
        let ordered = devices.values.sorted { $0.number < $1.number }
        return PushSubscriber(user: user, name: userName, devices: ordered.map(\.device))
    }
}
