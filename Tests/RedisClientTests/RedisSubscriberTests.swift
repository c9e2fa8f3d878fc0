import NIOCore
import TestSupport
import Testing

@testable import RedisClient

@Suite(.timeLimit(.minutes(1))) struct RedisSubscriberTests {
    @Test func messagesOfSubscribedChannelsArriveInOrder() async throws {
        try await RedisFixture.with { redis, server in
            let subscriber = redis.subscriber(try redis.configuration())
            let listener = Listener(subscriber)
            try await redis.whileRunning(subscriber) {
                subscriber.subscribe(to: "a")
                subscriber.subscribe(to: "b")
                #expect(await eventually { Set(listener.confirmed.all) == ["a", "b"] })
                try await redis.withLink { link in
                    for number in 0..<500 {
                        _ = try await link.send(RedisCommand(.publish, "PUBLISH", number % 2 == 0 ? "a" : "b", number))
                        _ = try await link.send(RedisCommand(.publish, "PUBLISH", "c", number))
                    }
                }
                #expect(await eventually { listener.messages.all.count == 500 })
                #expect(listener.heard(on: "a") == (0..<250).map { "\($0 * 2)" })
                #expect(listener.heard(on: "b") == (0..<250).map { "\($0 * 2 + 1)" })

                subscriber.unsubscribe(from: "a")
                #expect(try await eventually { try server.cli("PUBSUB", "NUMSUB", "a") == "a\n0" })
                subscriber.subscribe(to: "a")
                #expect(await eventually { listener.confirmed.all.filter { $0 == "a" }.count == 2 })
            }
        }
    }

    @Test func aKilledConnectionResubscribesToEverythingAndReportsIt() async throws {
        try await RedisFixture.with { redis, server in
            let subscriber = redis.subscriber(try redis.configuration())
            let listener = Listener(subscriber)
            let channels = (0..<1_500).map { "room-\($0)" }
            try await redis.whileRunning(subscriber) {
                for channel in channels { subscriber.subscribe(to: channel) }
                #expect(await eventually { listener.confirmed.all.count == channels.count })
                #expect(try server.cli("CLIENT", "KILL", "TYPE", "pubsub") == "1")
                #expect(await eventually { listener.resubscribed.all.count == channels.count })
                #expect(Set(listener.resubscribed.all) == Set(channels))
                #expect(listener.confirmed.all.count == channels.count, "they are not confirmed a second time")
                try server.cli("PUBLISH", "room-7", "again")
                #expect(await eventually { listener.heard(on: "room-7") == ["again"] })
            }
        }
    }

    @Test func aSilentConnectionIsDetectedWhileSubscribed() async throws {
        try await RedisFixture.with { redis, server in
            var configuration = try redis.configuration()
            // Long enough that a busy machine does not seem to be a silent server.
            configuration.commandTimeout = .seconds(1)
            configuration.lostAfter = .seconds(3)
            configuration.pingInterval = .milliseconds(50)
            configuration.connectTimeout = .seconds(1)
            let subscriber = redis.subscriber(configuration)
            let listener = Listener(subscriber)
            try await redis.whileRunning(subscriber) {
                subscriber.subscribe(to: "a")
                #expect(await eventually { listener.confirmed.all == ["a"] })
                // Several pings are answered in the meantime, in the form of a subscribed connection.
                let asked = try await eventually { try server.pings() >= 5 }
                #expect(asked)
                #expect(listener.resubscribed.all.isEmpty)
                server.pause()
                #expect(await eventually { redis.health.unreadyReason?.contains("subscribe-0") == true })
                server.resume()
                #expect(await eventually { listener.resubscribed.all == ["a"] })
            }
        }
    }

    @Test func aForbiddenChannelKeepsTheSubscriberDisconnected() async throws {
        let user = ["--user", "chat", "on", ">secret", "~*", "resetchannels", "&allowed", "+@all"]
        try await RedisFixture.with(arguments: user) { redis, server in
            let url = "redis://chat:secret@127.0.0.1:\(server.port)"
            let subscriber = redis.subscriber(try redis.configuration(url))
            let listener = Listener(subscriber)
            subscriber.subscribe(to: "forbidden")
            let error = await #expect(throws: RedisError.self) { try await subscriber.run() }
            let reason = redis.health.unreadyReason ?? "ready"
            #expect(error?.code == .connectFailed && reason.contains("Redis refused SUBSCRIBE (NOPERM"), "\(reason)")
            #expect(listener.confirmed.all.isEmpty)
        }
    }
}

extension RedisServer {
    fileprivate func pings() throws -> Int {
        let line = try cli("INFO", "commandstats").split(whereSeparator: \.isNewline).first {
            $0.hasPrefix("cmdstat_ping:")
        }
        return line.flatMap { Int($0.dropFirst("cmdstat_ping:calls=".count).prefix { $0 != "," }) } ?? 0
    }
}

/// Keeps what a subscriber reports.
final class Listener: RedisSubscriberDelegate {
    let messages = Journal<(channel: String, text: String)>()
    let confirmed = Journal<String>()
    let resubscribed = Journal<String>()

    init(_ subscriber: RedisSubscriber) {
        subscriber.attach(self)
    }

    func heard(on channel: String) -> [String] { messages.all.filter { $0.channel == channel }.map(\.text) }

    func received(_ batches: [RedisMessageBatch], by _: RedisSubscriber) {
        for batch in batches {
            for payload in batch.payloads { messages.add((batch.channel, String(decoding: payload, as: UTF8.self))) }
        }
    }

    func confirmed(_ channel: String, by _: RedisSubscriber) { confirmed.add(channel) }
    func resubscribed(_ channels: [String], by _: RedisSubscriber) {
        for channel in channels { resubscribed.add(channel) }
    }
}
