package import ChatModel
package import NIOCore
package import Supervision
import Synchronization

/// Every room of this node by name: routes each to the shard of its event loop.
///
/// A room's loop follows from its name, so no table is shared between threads and nothing is locked.
package final class RoomDirectory: RelayReceiver {
    private let shards: [RoomShard]
    private let services: RoomServices
    private let onNews = Mutex<(@Sendable (UserID, UserNews) -> Void)?>(nil)

    /// - `eventLoops`: to spread rooms over; not empty.
    package init(eventLoops: [any EventLoop], services: RoomServices) {
        precondition(!eventLoops.isEmpty, "rooms need an event loop")
        self.services = services
        self.shards = eventLoops.enumerated().map { number, eventLoop in
            RoomShard(number, eventLoop: eventLoop, services: services, share: eventLoops.count)
        }
    }

    /// Joins a socket to a room. Called on the outlet's event loop; returns at once. The answer (`joined`) is written
    /// to the outlet when the room is ready, which takes a while if Redis is down.
    package func connect(_ request: JoinRequest, outlet: any ConnectionOutlet) -> ConnectionRef {
        let shard = shard(of: request.room)
        let ref = ConnectionRef(
            context: ConnectionContext(request, outlet: outlet, shard: shard, services: services))
        ref.open(Connection(ref: ref, name: request.user.name))
        let user = request.user
        shard.enter { $0.join(ref, as: user) }
        return ref
    }

    /// Publishes what concerns a room in which the user is not, such as its making. Same rules as `Relay.publish`.
    package func publish(
        _ drafts: [MessageDraft], to room: RoomName, on eventLoop: any EventLoop,
        completion: @escaping @Sendable ([Result<PublishReceipt, RelayError>]) -> Void
    ) {
        services.backend.relay.publish(drafts, to: room, on: eventLoop, completion: completion)
    }

    /// Same rules as `UserRooms.rooms`.
    package func rooms(
        of user: UserID, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<[RoomName], RelayError>) -> Void
    ) {
        services.backend.userRooms.rooms(of: user, on: eventLoop, completion: completion)
    }

    package var index: any RoomIndex { services.backend.index }

    package var devices: any UserDevices { services.backend.devices }

    package var pushes: any PushStore { services.backend.pushes }

    /// Called with what all sockets of a user are to hear, on any thread.
    package func onNews(_ tell: @escaping @Sendable (UserID, UserNews) -> Void) {
        onNews.withLock { $0 = tell }
    }

    package func tell(_ user: UserID, _ news: UserNews) {
        onNews.withLock { $0 }?(user, news)
    }

    package func deliver(_ events: [LiveEvent], to room: RoomName) {
        shard(of: room).deliver(events, to: room)
    }

    package func resubscribed(_ rooms: [RoomName]) {
        for (index, names) in Dictionary(grouping: rooms, by: index(of:)) {
            shards[index].enter { $0.resubscribed(names) }
        }
    }

    /// The state of other nodes changed. Thread-safe.
    package func membershipChanged() {
        for shard in shards { shard.membershipChanged() }
    }

    package var roomCount: Int { shards.reduce(0) { $0 + $1.status.rooms.load(ordering: .relaxed) } }

    /// Messages that the log took from users of this node since the start.
    package var messageCount: Int { shards.reduce(0) { $0 + $1.status.messages.load(ordering: .relaxed) } }

    /// The current actor of a room.
    package func actor(of room: RoomName) async -> Room? {
        await shard(of: room).actor(of: room)
    }

    /// The current actors of a room's members.
    package func connections(in room: RoomName) async throws -> [SocketID: Connection] {
        var connections: [SocketID: Connection] = [:]
        for ref in await actor(of: room)?.refs ?? [] {
            connections[ref.context.socket] = try await ref.context.outlet.eventLoop.submit { ref.actor }.get()
        }
        return connections
    }

    /// Makes the actor of a room fail.
    package func sabotage(_ room: RoomName) async {
        await actor(of: room)?.sabotage()
    }

    /// Makes the actors of a room's members fail.
    package func sabotageConnections(in room: RoomName) async throws {
        for connection in try await connections(in: room).values { await connection.sabotage() }
    }

    private func shard(of room: RoomName) -> RoomShard { shards[index(of: room)] }

    private func index(of room: RoomName) -> Int { Int(room.stableHash % UInt64(shards.count)) }
}

extension RoomDirectory: PassiveSupervisor {
    /// The shards, each with its rooms.
    package var entry: SupervisionTree.Entry {
        var entry = SupervisionTree.Entry(name: "rooms", since: shards[0].status.since)
        entry.children = shards.map(\.status.entry)
        return entry
    }

    package func restartsWithinFiveMinutes(of now: ContinuousClock.Instant) -> Int {
        shards.reduce(0) { $0 + $1.status.restartsWithinFiveMinutes(of: now) }
    }
}
