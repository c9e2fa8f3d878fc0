package import ChatModel
import CoreMetrics
package import Logging
import NIOCore
import Operations
package import RedisClient
import ServiceLifecycle
import Synchronization

/// Proves that this node can send to a shard and receive from it: publishes a numbered canary every few seconds through script, log and
/// pub/sub like any message, and receives every node's. Canaries belong to no room and are not counted as messages.
///
/// For its own canary, a node measures the whole round trip with one clock. For another node's, it measures the delay
/// from Redis, by Redis' clock (`RedisClock`); the delay to Redis shows in the sender's own measurement.
///
/// `run()` sends them; received ones arrive through `RedisRelay` on the subscribers' event loops. Safe from any thread.
package final class CanaryService: ReadinessCheck, Service, Sendable {
    private let shard: RedisShard
    private let view: @Sendable () -> (own: NodeIncarnation, members: [ClusterMember])
    private let keys: RoomKeys
    /// Where this shard's canaries go; `nil`: it has no room yet. It changes when the slot of the room moves.
    private let room: @Sendable () -> RoomName?
    private let heard = Mutex<RoomName?>(nil)
    private let isReadOnly: @Sendable (Bool) -> Void
    private let ticked: @Sendable () -> Void
    private let configuration: ClusterConfiguration
    private let pace: CanaryPace
    private let metrics: CanaryMetrics
    private let logger: Logger
    private let state: Mutex<CanaryStateMachine>

    /// - Parameters:
    ///   - shard: set up with `RoomScripts`.
    ///   - view: this node, and all in the cluster view.
    ///   - room: the room of the shard's canaries, asked before each.
    ///   - ticked: called whenever it has looked what is due.
    ///   - readOnlyChanged: told when the shard begins to refuse writes, and when it accepts them again.
    package init(
        shard: RedisShard, view: @escaping @Sendable () -> (own: NodeIncarnation, members: [ClusterMember]),
        keys: RoomKeys, configuration: ClusterConfiguration, pace: CanaryPace = CanaryPace(), metrics: ClusterMetrics,
        room: @escaping @Sendable () -> RoomName? = { .canary },
        readOnlyChanged: @escaping @Sendable (Bool) -> Void = { _ in },
        ticked: @escaping @Sendable () -> Void = {}, logger: Logger
    ) {
        self.shard = shard
        self.view = view
        self.keys = keys
        self.configuration = configuration.forCanaries
        self.pace = pace
        self.metrics = metrics.canaries
        self.room = room
        isReadOnly = readOnlyChanged
        self.ticked = ticked
        self.logger = logger
        state = Mutex(CanaryStateMachine(subscribers: shard.subscribers.count, pace: pace))
    }

    /// What this node has received: its own canary first, then the slowest.
    package var receipts: [CanaryReceipt] {
        let own = view().own.name
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
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                self.listen()
                self.perform(self.state.withLock { $0.tick(now: .now) })
                self.ticked()
                // Cancelled on shutdown.
                try? await Task.sleep(for: self.pace.tick)
            }
        }
    }

    // MARK: - From the relay

    func isHeard(on channel: String) -> Bool { heard.withLock { $0 }.map { keys.channel($0) == channel } ?? false }

    /// Subscribes to the room of this shard's canaries.
    private func listen() {
        let room = room()
        let before = heard.withLock { heard in
            defer { heard = room }
            return heard
        }
        guard before != room else { return }
        for subscriber in shard.subscribers {
            if let before { subscriber.unsubscribe(from: keys.channel(before)) }
            if let room { subscriber.subscribe(to: keys.channel(room)) }
        }
    }

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
                shard.subscribers[index].renew("Redis accepts this node's canaries but does not deliver them here")
            }
        }
    }

    private func sendCanary() {
        let now = ContinuousClock.now
        guard shard.publish.isConnected, let room = room() else {
            return state.withLock { $0.withheld("not connected to Redis", now: now) }
        }
        let (own, members) = view()
        let canary = state.withLock { $0.next(from: own, among: members, now: now) }
        askForTime()
        let command = RedisCommand.publish(
            [canary.draft], to: room, as: .canary, origin: own.name, keys: keys, configuration: configuration)
        shard.publish.send(command) { result in
            let (before, after, reason) = self.state.withLock { state in
                let before = state.isReadOnly
                switch result {
                case .success: state.taken(canary)
                case .failure(let error) where error.refusesWrites:
                    state.refused("Redis refuses writes\(RedisError.words(error.message))", asWrite: true)
                case .failure(let error): state.refused(error.advised)
                }
                return (before, state.isReadOnly, state.degradedReason)
            }
            if before != after { self.tell(isReadOnly: after, reason) }
        }
    }

    private func tell(isReadOnly: Bool, _ reason: String?) {
        self.isReadOnly(isReadOnly)
        if isReadOnly {
            logger.warning("Redis refuses writes: chat is read-only", metadata: [LogKey.reason: "\(reason ?? "")"])
        } else {
            logger.notice("Redis accepts writes again")
        }
    }

    private func askForTime() {
        let asked = ContinuousClock.now
        shard.publish.send(RedisCommand(.canary, "TIME")) { result in
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
