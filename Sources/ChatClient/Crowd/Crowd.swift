package import ChatModel
package import NIOCore
import NIOPosix
package import NIOSSL

/// Many `ChatClient`s in the same rooms and the `CrowdRecord` that receives all their events: what tests, `webchat
/// verify` and `webchat load` run against a cluster.
///
/// A value; the clients are actors on the event loops of `group`, and the record has its own lock.
package struct Crowd: Sendable {
    /// A condition that did not hold in time, with the state at that point.
    package struct Deadline: Error, CustomStringConvertible {
        package let description: String
    }

    /// How often a condition is polled; rare enough to be cheap with a thousand clients.
    private static let look = Duration.milliseconds(10)
    /// The default percentage of acts.
    package static let acts = 10
    /// How many messages per room a client keeps for acts and comparison, and the maximum for all clients together.
    private static let shown = 50...512
    private static let shownByAll = 100_000

    package let rooms: [RoomName]
    package let clients: [ChatClient]
    package let record: CrowdRecord
    /// For `--rate 0`: sends again on every ack.
    package let chatter: CrowdChatter
    private let name: String
    private let acts: Int
    private let tokens: [String?]
    private let isModerated: Bool
    private let urls: [WebSocketURL]
    private let tls: NIOSSLContext?
    private let group: any EventLoopGroup

    /// In moderated rooms, a client that was removed asks this often to be let in again.
    private static let returnAfter = Duration.seconds(1)
    /// How many deleted messages of a room to search for.
    private static let probes = 5

    /// Clients in rooms that were made for them.
    package init(
        _ count: Int, at urls: [WebSocketURL], in made: CrowdRooms, name: String, acts: Int = Self.acts,
        tls: NIOSSLContext? = nil, on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.init(
            count, at: urls, rooms: made.names, name: name, acts: acts, tokens: made.tokens, isModerated: true,
            tls: tls,
            on: group)
        for entry in made.entries { record.madeBefore(user: entry.user, room: entry.room, key: entry.key) }
    }

    /// Creates clients that connect to random nodes; each joins every room when it is started.
    /// - Parameters:
    ///   - acts: the percentage of acts; 0: clients keep no messages, unless the rooms are moderated.
    ///   - tokens: one for each client; none: all are guests.
    package init(
        _ count: Int, at urls: [WebSocketURL], rooms: [RoomName], name: String = "client", acts: Int = Self.acts,
        tokens: [String?] = [], isModerated: Bool = false, tls: NIOSSLContext? = nil,
        on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        let share = Self.shownByAll / max(count * rooms.count, 1)
        let shown = min(max(share, Self.shown.lowerBound), Self.shown.upperBound)
        let record = CrowdRecord(
            clients: count, rooms: rooms.count, shown: acts > 0 || isModerated ? shown : 0, isModerated: isModerated)
        let chatter = CrowdChatter()
        self.rooms = rooms
        self.record = record
        self.chatter = chatter
        self.name = name
        self.acts = acts
        self.tokens = tokens
        self.isModerated = isModerated
        self.urls = urls
        self.tls = tls
        self.group = group
        self.clients = (0..<count).map { number in
            var configuration = ClientConfiguration(
                name: Self.name(of: number, in: name), token: tokens.isEmpty ? nil : tokens[number])
            if isModerated { configuration.returnAfter = Self.returnAfter }
            configuration.outboxLimit = 10_000
            configuration.backoffBase = .milliseconds(50)
            configuration.backoffCap = .milliseconds(500)
            return ChatClient(urls: urls, configuration: configuration, tls: tls, on: group.next()) { event in
                if record.observe(event, client: number), case .acked(let room, _, _) = event {
                    chatter.speak(number, in: room)
                }
            }
        }
    }

    func name(of client: Int) -> String { Self.name(of: client, in: name) }

    static func name(of client: Int, in crowd: String) -> String { "\(crowd) \(client)" }

    /// Connects all clients and waits until each is in every room.
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

    /// A client's turn: it sends a message or, for the given percentage of turns, acts on a message that it shows. If it
    /// shows any, some of its messages are replies.
    package func speak(
        _ text: String, key: String, from client: Int, to room: RoomName,
        using generator: inout some RandomNumberGenerator
    ) {
        // So that each text can be searched for.
        let text = isModerated ? "\(key). \(text)" : text
        // A separate generator, so that later turns follow the seed regardless of this choice.
        var choices = SplitMix64(seed: generator.next())
        // Nobody writes in a room that they cannot see.
        if isModerated, record.isExpelled(client, from: room) { return }
        guard Int.random(in: 0..<100, using: &choices) < acts,
            let act = record.act(of: client, in: room, using: &choices)
        else {
            let re = record.answer(of: client, in: room, using: &choices)
            return send(text, key: key, from: client, to: room, re: re)
        }
        let isEdit = if case .edit = act { true } else { false }
        send(isEdit ? "edit \(key)" : "", key: key, from: client, to: room, act: act)
    }

    /// - Parameter act: `nil`: a message.
    package func send(
        _ text: String, key: String, from client: Int, to room: RoomName, act: MessageAct? = nil, re: MessageID? = nil
    ) {
        record.willSend(text, key: key, from: client, to: room, act: act, re: re)
        clients[client].send(text, key: key, to: room, act: act, re: re)
    }

    package func waitUntilLive(within limit: Duration = .seconds(30)) async throws {
        try await wait("all clients are in every room", within: limit) { record.isLive(everywhere: rooms) }
    }

    /// Waits until everything that was sent is acknowledged and received by all clients.
    package func waitUntilSettled(within limit: Duration) async throws {
        try await wait("every message is acked", within: limit) { record.allAcked }
        try await wait("every message has reached all clients", within: limit) {
            record.isLive(everywhere: rooms) && record.allReached(in: rooms)
        }
    }

    /// Stops all clients, reads the logs, and compares them with what each client shows. Only for a settled crowd. The
    /// reader replaces a stopped client, so it needs no additional socket.
    package func stopAndCompare(within limit: Duration = .seconds(30)) async throws {
        stop()
        let rooms = record.shownRooms
        guard !rooms.isEmpty else { return }
        // In a moderated room not everybody may read.
        let token = tokens.first ?? (isModerated ? record.token(of: 0) : nil)
        let readings = try await LogReader(rooms).read(
            at: urls, token: token, tls: tls, on: group.next(), within: limit,
            probes: { readings in
                isModerated ? readings.flatMap { record.deletedTexts(Self.probes, in: $0) } : []
            },
            found: { probe, messages in record.found(messages, by: probe) })
        for reading in readings { record.compare(with: reading) }
    }

    private func wait(_ what: String, within limit: Duration, _ condition: () -> Bool) async throws {
        let end = ContinuousClock.now + limit
        while !condition() {
            guard ContinuousClock.now < end else {
                throw Deadline(description: "timed out after \(limit) waiting until \(what) \(record.summary)")
            }
            try await Task.sleep(for: Self.look)
        }
    }
}
