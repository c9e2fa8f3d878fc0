import Actors
import ChatModel
import ChatProtocol
import Foundation
import Logging
import NIOCore
import TestSupport
import Testing

@testable import ChatServer

/// Actors that fail while 100 messages a second flow, seen from two raw sockets: nobody notices, whatever fails.
@Suite(.serialized) struct ActorRestartTests {
    @Test func actorRestartsAreInvisibleOnAnEmbeddedNode() async throws {
        try await run(redis: nil)
    }

    @Test func actorRestartsAreInvisibleWithRedis() async throws {
        try await withRedisServer { redis in try await run(redis: redis) }
    }

    private func run(redis: RedisServer?) async throws {
        try await withNode(redis: redis) { port, rooms in
            let den = try #require(RoomName("den"))
            var reader = try await Speaker(name: "reader", room: den, port: port)
            var writer = try await Speaker(name: "writer", room: den, port: port)
            let connections = try await rooms.connections(in: den)
            let room = try #require(await rooms.actor(of: den))
            #expect(connections.count == 2)

            for index in 0..<300 {
                switch index {
                case 50, 100: try await rooms.sabotageConnections(in: den)
                case 150, 200: await rooms.sabotage(den)
                default: break
                }
                try await writer.say("message \(index)")
                let next = ContinuousClock.now + .milliseconds(10)
                repeat {
                    try await writer.read()
                    try await reader.read()
                } while ContinuousClock.now < next
            }
            let end = ContinuousClock.now + .seconds(20)
            while (reader.seen.count < 300 || writer.seen.count < 300 || !writer.unacknowledged.isEmpty),
                ContinuousClock.now < end
            {
                try await writer.read()
                try await reader.read()
            }

            #expect(reader.seen == Array(1...300), "every id once, in order")
            #expect(writer.seen == Array(1...300))
            #expect(writer.unacknowledged.isEmpty)
            #expect(reader.joins == 1 && writer.joins == 1, "the same conversation on the same connection")
            let now = try await rooms.connections(in: den)
            #expect(now.keys == connections.keys)
            for (socket, connection) in now { #expect(connection !== connections[socket]) }
            #expect(await rooms.actor(of: den) !== room)
        }
    }

    /// Runs a node in this process, the configuration as `webchat serve` makes it.
    private func withNode(redis: RedisServer?, _ body: (Int, RoomDirectory) async throws -> Void) async throws {
        var environment = [
            "HOST": "127.0.0.1", "PORT": "0", "NODE_NAME": "n1", "WORKERS": "2", "MESSAGE_RATE": "0",
            "STATIC_DIR": NodeProcess.repository.appending(path: "frontend").path,
            "CLUSTER_SECRET": "a secret that is long enough for this test",
        ]
        environment["REDIS_URL"] = redis.map { "redis://127.0.0.1:\($0.port)" }
        let configuration = try NodeConfiguration(flags: [:], environment: environment, machine: .ofThisProcess())
        let (serving, continuation) = AsyncStream.makeStream(
            of: (Int, RoomDirectory).self, bufferingPolicy: .bufferingOldest(1))
        let node = Node(
            configuration: configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onServing: { continuation.yield(($0, $1)) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await node.run() }
            for await (port, rooms) in serving {
                try await body(port, rooms)
                break
            }
            group.cancelAll()
        }
    }
}

/// A user on a raw socket: says, sends again what was not taken, and notes what it sees.
private struct Speaker {
    private let socket: RawSocket
    private let room: RoomName
    let user: UserID
    private(set) var seen: [UInt64] = []
    private(set) var joins = 0
    private(set) var unacknowledged: [String: String] = [:]

    init(name: String, room: RoomName, port: Int) async throws {
        self.room = room
        socket = try RawSocket(port: port)
        #expect(try await socket.upgrade().status == 101)
        try await socket.sendText(#"{"type":"hello","name":"\#(name)"}"#)
        guard case .welcome(let welcome) = try ServerFrame(parsing: .init(string: try await socket.text())) else {
            throw TestFailure("no welcome")
        }
        user = welcome.user.id
        try await socket.sendText(#"{"type":"join","room":"\#(room)"}"#)
        while joins == 0 { try await read() }
    }

    mutating func say(_ text: String) async throws {
        let key = UUID().uuidString
        unacknowledged[key] = text
        try await send(key, text)
    }

    private func send(_ key: String, _ text: String) async throws {
        try await socket.sendText(#"{"type":"chat","room":"\#(room)","key":"\#(key)","text":"\#(text)"}"#)
    }

    /// Takes in what is there.
    mutating func read() async throws {
        while let text = try? await socket.text(within: .milliseconds(1)) {
            switch try ServerFrame(parsing: .init(string: text)) {
            case .chat(_, _, let message): seen.append(message.id.seq)
            case .joined(let joined):
                joins += 1
                seen += joined.messages.map(\.id.seq)
            case .ack(_, let key, _): unacknowledged[key] = nil
            case .error(let error):
                guard error.code == .unavailable, let key = error.key, let text = unacknowledged[key] else {
                    throw TestFailure("\(error)")
                }
                try await send(key, text)
            case .presence: break
            case let other: throw TestFailure("unexpected: \(other)")
            }
        }
    }
}
