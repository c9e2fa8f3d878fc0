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

    package let rooms: [RoomName]
    package let clients: [ChatClient]
    package let record: CrowdRecord
    /// For `--rate 0`: who has an ack, speaks again.
    package let chatter: CrowdChatter

    /// Clients for random ones of the nodes; each joins every room when it is started.
    package init(
        _ count: Int, at urls: [WebSocketURL], rooms: [RoomName], name: String = "client", tls: NIOSSLContext? = nil,
        on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        let record = CrowdRecord(clients: count, rooms: rooms.count)
        let chatter = CrowdChatter()
        self.rooms = rooms
        self.record = record
        self.chatter = chatter
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

    /// - Parameter act: upon a message that was acknowledged; `nil`: a message.
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
