package import ChatModel
package import NIOCore
import NIOPosix
package import NIOSSL

/// Many `ChatClient`s in the same rooms, and the `CrowdRecord` that hears every one of them: what tests,
/// `webchat verify` and `webchat load` drive against a cluster.
///
/// A value; the clients are actors on the event loops of `group`, and the record has a lock of its own.
package struct Crowd: Sendable {
    /// What did not come true in time, and what was seen until then.
    package struct Deadline: Error, CustomStringConvertible {
        package let description: String
    }

    /// How often a condition is looked at: seldom enough that looking at a thousand clients costs nothing.
    private static let look = Duration.milliseconds(10)
    /// Of a hundred things that clients do, so many are acts, unless something else is said.
    package static let acts = 10
    /// How many messages a client keeps of a room, and all of them together: as they show them, to act upon and to compare.
    private static let shown = 50...512
    private static let shownByAll = 100_000

    package let rooms: [RoomName]
    package let clients: [ChatClient]
    package let record: CrowdRecord
    /// For `--rate 0`: who has an ack, speaks again.
    package let chatter: CrowdChatter
    private let acts: Int
    private let urls: [WebSocketURL]
    private let tls: NIOSSLContext?
    private let group: any EventLoopGroup

    /// Clients for random ones of the nodes; each joins every room when it is started.
    /// - Parameter acts: of a hundred turns so many are acts; 0: nobody keeps what it shows.
    package init(
        _ count: Int, at urls: [WebSocketURL], rooms: [RoomName], name: String = "client", acts: Int = Self.acts,
        tls: NIOSSLContext? = nil, on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        let share = Self.shownByAll / max(count * rooms.count, 1)
        let shown = min(max(share, Self.shown.lowerBound), Self.shown.upperBound)
        let record = CrowdRecord(clients: count, rooms: rooms.count, shown: acts > 0 ? shown : 0)
        let chatter = CrowdChatter()
        self.rooms = rooms
        self.record = record
        self.chatter = chatter
        self.acts = acts
        self.urls = urls
        self.tls = tls
        self.group = group
        self.clients = (0..<count).map { number in
            var configuration = ClientConfiguration(name: "\(name) \(number)")
            configuration.outboxLimit = 10_000
            configuration.backoffBase = .milliseconds(50)
            configuration.backoffCap = .milliseconds(500)
            return ChatClient(urls: urls, configuration: configuration, tls: tls, on: group.next()) { event in
                if record.observe(event, client: number), case .acked(let room, _, _) = event {
                    chatter.acked(client: number, room: room)
                }
            }
        }
    }

    /// Connects all, and waits until each is in every room.
    package func start(within limit: Duration = .seconds(30)) async throws {
        connect()
        try await waitUntilLive(within: limit)
    }

    package func connect() {
        for client in clients {
            for room in rooms { client.join(room) }
            client.start()
        }
    }

    package func stop() {
        chatter.stop()
        for client in clients { client.stop() }
    }

    /// A client's turn: it says something or, one time in so many, does something to a message that it shows.
    package func speak(
        _ text: String, key: String, from client: Int, to room: RoomName,
        using generator: inout some RandomNumberGenerator
    ) {
        // Whatever is chosen, the turns after it stay as the seed has them.
        var choices = SplitMix64(seed: generator.next())
        guard Int.random(in: 0..<100, using: &choices) < acts,
            let act = record.act(of: client, in: room, using: &choices)
        else { return send(text, key: key, from: client, to: room) }
        let isEdit = if case .edit = act { true } else { false }
        send(isEdit ? "edit \(key)" : "", key: key, from: client, to: room, act: act)
    }

    /// - Parameter act: `nil`: a message.
    package func send(_ text: String, key: String, from client: Int, to room: RoomName, act: MessageAct? = nil) {
        record.willSend(text, key: key, from: client, to: room, act: act)
        clients[client].send(text, key: key, to: room, act: act)
    }

    package func waitUntilLive(within limit: Duration = .seconds(30)) async throws {
        try await wait("everybody is in every room", within: limit) { record.isLive(everywhere: rooms) }
    }

    /// Waits until everything that was sent is acknowledged, and has reached everybody.
    package func waitUntilSettled(within limit: Duration) async throws {
        try await wait("every message is acked", within: limit) { record.allAcked }
        try await wait("every message has reached everybody", within: limit) {
            record.isLive(everywhere: rooms) && record.allReached(in: rooms)
        }
    }

    /// Sends everybody home, reads what the logs hold by now, and judges whether it is what everybody shows. Only for a crowd
    /// that is settled. The reader takes the place of one who has left: it needs no socket that the crowd did not have.
    package func stopAndCompare(within limit: Duration = .seconds(30)) async throws {
        stop()
        let rooms = record.shownRooms
        guard !rooms.isEmpty else { return }
        for reading in try await LogReader(rooms).read(at: urls, tls: tls, on: group.next(), within: limit) {
            record.compare(with: reading)
        }
    }

    private func wait(_ what: String, within limit: Duration, _ condition: () -> Bool) async throws {
        let end = ContinuousClock.now + limit
        while !condition() {
            guard ContinuousClock.now < end else {
                throw Deadline(description: "not within \(limit): \(what) \(record.summary)")
            }
            try await Task.sleep(for: Self.look)
        }
    }
}
