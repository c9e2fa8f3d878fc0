package import ChatModel
import CoreMetrics
package import Logging
import NIOCore
import Operations
package import RedisClient
import ServiceLifecycle
import Synchronization

/// Proves that this node can send and receive: publishes a numbered canary every few seconds through script, log and
/// pub/sub like any message, and receives every node's. Canaries belong to no room and are not counted as messages.
///
/// For its own canary, a node measures the whole round trip with one clock. For another node's, it measures the delay
/// from Redis, by Redis' clock (`RedisClock`); the delay to Redis shows in the sender's own measurement.
///
/// `run()` sends them; received ones arrive through `RedisRelay` on the subscribers' event loops. Safe from any thread.
package final class CanaryService: ReadinessCheck, Service, Sendable {
    private let publisher: RedisLink
    private let subscribers: [RedisSubscriber]
    private let membership: any MembershipView
    private let keys: RoomKeys
    private let configuration: ClusterConfiguration
    private let pace: CanaryPace
    private let metrics: CanaryMetrics
    private let logger: Logger
    private let state: Mutex<CanaryStateMachine>

    /// - `publisher`: created with `RoomScripts.publishSetup`.
    package init(
        publisher: RedisLink, subscribers: [RedisSubscriber], membership: any MembershipView, keys: RoomKeys,
        configuration: ClusterConfiguration, pace: CanaryPace = CanaryPace(), metrics: ClusterMetrics,
        logger: Logger
    ) {
        self.publisher = publisher
        self.subscribers = subscribers
        self.membership = membership
        self.keys = keys
        self.configuration = configuration.forCanaries
        self.pace = pace
        self.metrics = metrics.canaries
        self.logger = logger
        state = Mutex(CanaryStateMachine(subscribers: subscribers.count, pace: pace))
    }

    /// What this node has received: its own canary first, then the slowest.
    package var receipts: [CanaryReceipt] {
        let own = membership.own.name
        return state.withLock { $0.receipts(own: own, now: .now) }
    }

    /// The current time by Redis' clock.
    package var logTime: LogTime? {
        state.withLock { $0.clock.time(now: .now) }
    }

    package var unreadyReason: String? {
        state.withLock { $0.unreadyReason(now: .now) }
    }

    package var degradedReason: String? {
        state.withLock { $0.degradedReason }
    }

    /// Why publishing fails right now.
    package var publishFailure: String? {
        state.withLock { $0.publishFailure }
    }

    package func run() async throws {
        for subscriber in subscribers { subscriber.subscribe(to: keys.channel(.canary)) }
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                self.perform(self.state.withLock { $0.tick(now: .now) })
                // Cancelled on shutdown.
                try? await Task.sleep(for: self.pace.tick)
            }
        }
    }

    // MARK: - From the relay

    func isHeard(on channel: String) -> Bool { channel == keys.channel(.canary) }

    /// The subscription is active, initially or after a reconnect.
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

    // MARK: - Actions

    private func perform(_ actions: [CanaryStateMachine.Action]) {
        for action in actions {
            switch action {
            case .publish: sendCanary()
            case .renew(let index):
                state.withLock { $0.renewed(index) }
                subscribers[index].renew("Redis accepts this node's canaries but does not deliver them here")
            }
        }
    }

    private func sendCanary() {
        let now = ContinuousClock.now
        guard publisher.isConnected else {
            return state.withLock { $0.withheld("not connected to Redis", now: now) }
        }
        let (own, members) = (membership.own, membership.members)
        let canary = state.withLock { $0.next(from: own, among: members, now: now) }
        askForTime()
        let command = RedisCommand.publish(
            [canary.draft], to: .canary, as: .canary, origin: own.name, keys: keys, configuration: configuration)
        publisher.send(command) { result in
            let (before, after) = self.state.withLock { state in
                let before = state.degradedReason
                switch result {
                case .success: state.taken(canary)
                case .failure(let error) where error.refusesWrites:
                    state.refused("Redis refuses writes\(RedisError.words(error.message))", asWrite: true)
                case .failure(let error): state.refused(error.message)
                }
                return (before, state.degradedReason)
            }
            if (before == nil) != (after == nil) { self.tell(after) }
        }
    }

    /// Logs when the read-only state begins and ends.
    private func tell(_ refusal: String?) {
        metrics.writesRefused.record(refusal == nil ? 0 : 1)
        if let refusal {
            logger.warning("Redis refuses writes: chat is read-only", metadata: [LogKey.reason: "\(refusal)"])
        } else {
            logger.notice("Redis accepts writes again")
        }
    }

    private func askForTime() {
        let asked = ContinuousClock.now
        publisher.send(RedisCommand(.canary, "TIME")) { result in
            guard let time = try? result.get().serverTime() else { return }
            self.state.withLock { $0.clockRead(time, asked: asked, answered: .now) }
        }
    }
}

extension ClusterConfiguration {
    /// Canaries are useless once received: keep few.
    fileprivate var forCanaries: ClusterConfiguration {
        var configuration = self
        configuration.rooms.messages = 100
        configuration.rooms.idleDays = 1
        return configuration
    }
}

extension RedisReply {
    /// The reply to TIME, in microseconds since 1970.
    fileprivate func serverTime() throws(RedisError) -> Int64 {
        let parts = try array()
        guard parts.count == 2 else { throw RedisError(.unexpectedReply, "unexpected reply to TIME") }
        let (seconds, microseconds) = try (parts[0].integer(), parts[1].integer())
        guard (0...(Int64.max / 2_000_000)).contains(seconds), (0..<1_000_000).contains(microseconds) else {
            throw RedisError(.unexpectedReply, "unexpected reply to TIME")
        }
        return seconds * 1_000_000 + microseconds
    }
}
