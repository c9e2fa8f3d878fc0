package import ChatModel
package import NIOCore
package import RedisClient
import ServiceLifecycle
import Synchronization

/// The members of all rooms, leased to this incarnation of the node: `docs/protocol.md`, section 7.
///
/// `run()` renews leases and repairs what Redis has lost. Without it, entries expire after ten minutes.
package final class RedisPresenceStore: PresenceStore, Service {
    /// Maximum number of rooms rewritten per step of `run()`, once a second.
    private static let roomsPerStep = 250

    private let shards: RedisShards
    private let keys: RoomKeys
    private let ownNode: @Sendable () -> NodeIncarnation
    private let ledger = Mutex(PresenceLedger())

    /// - Parameters:
    ///   - shards: set up with `RoomScripts`.
    ///   - node: read on each use, because a node learns its generation only from its old card. Entries written under
    ///     another generation are rewritten.
    package init(
        shards: RedisShards, keys: RoomKeys, configuration: ClusterConfiguration,
        node: @autoclosure @escaping @Sendable () -> NodeIncarnation
    ) {
        self.shards = shards
        self.keys = keys
        ownNode = node
    }

    package func update(
        _ changes: [UserID: NodeMember?], in room: RoomName, announcing signal: RoomSignal?, on eventLoop: any EventLoop
    ) {
        let version = ledger.withLock { $0.change(changes, in: room, now: .now()) }
        link(of: room).send(command("CHANGE", changes, in: room, announcing: signal), on: eventLoop) { [self] result in
            ledger.withLock { ledger in
                switch result {
                case .success: ledger.changed(room, version: version, now: .now())
                case .failure: ledger.lost(room, now: .now())
                }
            }
        }
    }

    package func read(
        _ room: RoomName, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<[NodeIncarnation: [User]], RelayError>) -> Void
    ) {
        var command = RoomScripts.readMembers.call(.presence, keys: [keys.memberNodes(room)])
        command.append(keys.members(room))
        link(of: room).send(command, on: eventLoop) { [self] result in
            do throws(RedisError) {
                completion(.success(withOwn(try Self.members(result.get()), of: room)))
            } catch {
                completion(.failure(RelayError(error)))
            }
        }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                await renew()
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// Writes what is due, one room after another, so that renewals do not crowd out reads.
    private func renew() async {
        for snapshot in ledger.withLock({ $0.due(now: .now(), limit: Self.roomsPerStep) }) {
            do {
                _ = try await link(of: snapshot.room).send(command("REPLACE", snapshot.members, in: snapshot.room))
                ledger.withLock { $0.renewed(snapshot, now: .now()) }
            } catch {
                // Redis is down or refuses writes: everything stays due, in a cluster only that of one shard.
                guard shards.isCluster else { return }
            }
        }
    }

    /// For its own members, this node's memory is authoritative. If Redis differs, it lost them.
    private func withOwn(_ members: [NodeIncarnation: [User]], of room: RoomName) -> [NodeIncarnation: [User]] {
        var members = members
        let node = ownNode()
        let own = ledger.withLock { ledger in
            let own = ledger.members(of: room).map { User(id: $0.key, name: $0.value.name) }
            if Set(members[node] ?? []) != Set(own) { ledger.lost(room, now: .now()) }
            return own
        }
        members[node] = own.isEmpty ? nil : own
        return members
    }

    private func link(of room: RoomName) -> RedisLink { shards.shard(of: keys.memberNodes(room)).read }

    private func command(
        _ kind: String, _ members: [UserID: NodeMember?], in room: RoomName, announcing signal: RoomSignal? = nil
    ) -> RedisCommand {
        let node = ownNode()
        var command = RoomScripts.updateMembers.call(
            .presence, keys: [keys.members(room) + node.description, keys.memberNodes(room)])
        command.append(node.description)
        command.append(PresenceLedger.lease)
        command.append(kind)
        command.append(keys.publish)
        command.append(keys.channel(room))
        command.append(signal.map { LiveWire.encode($0) } ?? [])
        let leaving = members.filter { $0.value == nil }
        command.append(leaving.count)
        for user in leaving.keys { command.append(user.description) }
        for (user, member) in members {
            guard let member else { continue }
            command.append(user.description)
            command.append("\(member.sockets) \(member.name)")
        }
        return command
    }

    /// Parses the reply of `read_members.lua`. Malformed entries are not ours and are skipped.
    private static func members(_ reply: RedisReply) throws(RedisError) -> [NodeIncarnation: [User]] {
        let parts = try reply.array()
        var members: [NodeIncarnation: [User]] = [:]
        for index in stride(from: 0, to: parts.count - 1, by: 2) {
            guard let node = try NodeIncarnation(parts[index].string()) else { continue }
            let fields = try parts[index + 1].array()
            members[node] = stride(from: 0, to: fields.count - 1, by: 2).compactMap { field in
                // Compare bytes: a name may start with a combining mark that forms one character with the space.
                guard let id = try? fields[field].string(), let value = try? fields[field + 1].string(),
                    let space = value.utf8.firstIndex(of: UInt8(ascii: " "))
                else { return nil }
                return User(id: UserID(id), name: String(value[value.utf8.index(after: space)...]))
            }
        }
        return members
    }
}
