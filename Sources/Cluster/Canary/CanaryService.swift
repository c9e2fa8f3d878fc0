package import ChatModel
import NIOCore
import ServiceLifecycle
import Synchronization

/// Proves that this node can talk: publishes a numbered canary every few seconds, through script, log and pub/sub as any
/// message, and listens for everybody's. They cost no room anything, and count as nobody's messages.
///
/// Of its own canary a node measures the whole way, from its sending to its hearing, by one clock. Of another's it
/// measures the way from Redis, by Redis' clock (`RedisClock`): the other's way to Redis shows in what the other says of
/// its own.
///
/// `run()` keeps them flying; what was heard comes by way of `RedisRelay`, on the subscribers' event loops. May be asked
/// from any thread.
package final class CanaryService: ReadinessCheck, Service, Sendable {
    private let publisher: RedisLink
    private let subscribers: [RedisSubscriber]
    private let membership: any MembershipView
    private let keys: RoomKeys
    private let configuration: ClusterConfiguration
    private let pace: CanaryPace
    private let metrics: CanaryMetrics
    private let state: Mutex<CanaryStateMachine>

    /// - Parameters:
    ///   - publisher: made with `RoomScripts.publishSetup`.
    ///   - database: the number that the connections select.
    package init(
        publisher: RedisLink, subscribers: [RedisSubscriber], membership: any MembershipView, database: Int,
        configuration: ClusterConfiguration, pace: CanaryPace = CanaryPace(), metrics: ClusterMetrics
    ) {
        self.publisher = publisher
        self.subscribers = subscribers
        self.membership = membership
        keys = RoomKeys(prefix: configuration.keyPrefix, database: database)
        self.configuration = configuration.forCanaries
        self.pace = pace
        self.metrics = metrics.canaries
        state = Mutex(CanaryStateMachine(subscribers: subscribers.count, pace: pace))
    }

    /// What this node has heard: its own first, then the latest ones.
    package var receipts: [CanaryReceipt] {
        let own = membership.own.name
        return state.withLock { $0.receipts(own: own, now: .now) }
    }

    /// What Redis' clock shows now.
    package var logTime: LogTime? {
        state.withLock { $0.clock.time(now: .now) }
    }

    package var unreadyReason: String? {
        state.withLock { $0.unreadyReason(now: .now) }
    }

    package func run() async throws {
        for subscriber in subscribers { subscriber.subscribe(to: keys.channel(.canary)) }
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                self.perform(self.state.withLock { $0.tick(now: .now) })
                // Ends early when the service is asked to end.
                try? await Task.sleep(for: self.pace.tick)
            }
        }
    }

    // MARK: - From the relay

    func isHeard(on channel: String) -> Bool { channel == keys.channel(.canary) }

    /// Its subscription stands, for the first time or again.
    func subscribed(_ subscriber: RedisSubscriber) {
        perform(state.withLock { $0.subscribed(subscriber.index, now: .now) })
    }

    func received(_ payloads: [[UInt8]], by subscriber: RedisSubscriber) {
        for payload in payloads {
            guard case .message(let message, _, _) = LiveWire.parse(payload), let canary = Canary(message) else {
                metrics.received(.drop)
                continue
            }
            let finding = state.withLock {
                $0.heard(canary, publishedAt: message.ts, by: subscriber.index, now: .now)
            }
            metrics.received(finding)
        }
    }

    // MARK: - Acting

    private func perform(_ actions: [CanaryStateMachine.Action]) {
        for action in actions {
            switch action {
            case .publish: publish()
            case .renew(let index):
                state.withLock { $0.renewed(index) }
                subscribers[index].renew("it delivers none of this node's canaries, which Redis takes")
            }
        }
    }

    private func publish() {
        let now = ContinuousClock.now
        guard publisher.isConnected else {
            return state.withLock { $0.withheld("there is no connection to Redis", now: now) }
        }
        let (own, members) = (membership.own, membership.members)
        let canary = state.withLock { $0.next(from: own, among: members, now: now) }
        askForTime()
        let command = RedisCommand.publish(
            canary.draft, to: .canary, as: .canary, origin: own.name, keys: keys, configuration: configuration)
        publisher.send(command) { result in
            self.state.withLock { state in
                switch result {
                case .success: state.taken(canary)
                case .failure(let error): state.refused(error.message)
                }
            }
        }
    }

    private func askForTime() {
        let asked = ContinuousClock.now
        publisher.send(RedisCommand(.canary, "TIME")) { result in
            guard let time = try? result.get().serverTime() else { return }
            self.state.withLock { $0.toldTime(time, asked: asked, answered: .now) }
        }
    }
}

extension ClusterConfiguration {
    /// Canaries are of interest when they come, and hardly later.
    fileprivate var forCanaries: ClusterConfiguration {
        var configuration = self
        configuration.historyLength = 100
        configuration.roomTTLDays = 1
        return configuration
    }
}

extension RedisReply {
    /// Of TIME: microseconds since 1970.
    fileprivate func serverTime() throws(RedisError) -> Int64 {
        let parts = try array()
        guard parts.count == 2 else { throw RedisError(.unexpectedReply, "Redis gave no time") }
        let (seconds, microseconds) = try (parts[0].integer(), parts[1].integer())
        guard (0...(Int64.max / 2_000_000)).contains(seconds), (0..<1_000_000).contains(microseconds) else {
            throw RedisError(.unexpectedReply, "Redis gave no time")
        }
        return seconds * 1_000_000 + microseconds
    }
}
