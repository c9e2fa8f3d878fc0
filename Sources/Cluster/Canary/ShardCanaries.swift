package import ChatModel
import CoreMetrics
package import Logging
import Operations
package import RedisClient
import Synchronization

/// The canaries of all shards, and what they say of the node as a whole: it is ready while it hears itself on one shard,
/// and names the others. Safe from any thread.
///
/// Owned by the `RedisBackend`; the supervisor of a shard runs its canary.
package final class ShardCanaries: ReadinessCheck, Sendable {
    private struct State {
        var shards: RedisShards?
        var membership: (any MembershipView)?
        /// By the shard's identity.
        var canaries: [ObjectIdentifier: CanaryService] = [:]
        var readOnly: Set<ObjectIdentifier> = []
        /// In a cluster: the canaries' room of each shard, by the latest map.
        var rooms: [ObjectIdentifier: RoomName] = [:]
    }

    /// Rooms that are tried until each shard has one; only one with a handful of slots may have none.
    private static let candidates = 0..<4_096

    private let node: NodeIdentity
    private let keys: RoomKeys
    private let configuration: ClusterConfiguration
    private let pace: CanaryPace
    private let metrics: ClusterMetrics
    private let logger: Logger
    private let state = Mutex(State())

    package init(
        node: NodeIdentity, keys: RoomKeys, configuration: ClusterConfiguration,
        pace: CanaryPace = CanaryPace(), metrics: ClusterMetrics, logger: Logger
    ) {
        self.node = node
        self.keys = keys
        self.configuration = configuration
        self.pace = pace
        self.metrics = metrics
        self.logger = logger
    }

    /// The canary of a new shard.
    package func canary(of shard: RedisShard) -> CanaryService {
        let id = ObjectIdentifier(shard)
        let canary = CanaryService(
            shard: shard, view: { [weak self, node] in (node.own, self?.members ?? []) }, keys: keys,
            configuration: configuration, pace: pace,
            metrics: metrics, room: { [weak self] in self?.room(of: id) },
            readOnlyChanged: { [weak self] in self?.note(id, isReadOnly: $0) },
            ticked: { [weak self] in self?.count(from: shard) }, logger: shardLogger(shard))
        state.withLock { $0.canaries[id] = canary }
        return canary
    }

    /// Once, before any canary runs.
    package func follow(_ shards: RedisShards, among membership: any MembershipView) {
        state.withLock { state in
            state.shards = shards
            state.membership = membership
        }
        shards.onMap { [weak self] in self?.readMap() }
    }

    private var members: [ClusterMember] { state.withLock { $0.membership }?.members ?? [] }

    private func readMap() {
        guard let shards else { return }
        let current = shards.all.map { ObjectIdentifier($0) }
        var rooms: [ObjectIdentifier: RoomName] = [:]
        for number in Self.candidates where rooms.count < current.count {
            let room = RoomName.canary(number)
            let id = ObjectIdentifier(shards.shard(of: keys.log(room)))
            if rooms[id] == nil, current.contains(id) { rooms[id] = room }
        }
        state.withLock { state in
            state.rooms = rooms
            state.canaries = state.canaries.filter { current.contains($0.key) }
            state.readOnly.formIntersection(current)
            metrics.canaries.writesRefused.record(state.readOnly.isEmpty ? 0 : 1)
        }
    }

    private func room(of shard: ObjectIdentifier) -> RoomName? {
        state.withLock { $0.shards?.isCluster == true ? $0.rooms[shard] : .canary }
    }

    private func note(_ shard: ObjectIdentifier, isReadOnly: Bool) {
        state.withLock { state in
            if isReadOnly { state.readOnly.insert(shard) } else { state.readOnly.remove(shard) }
            metrics.canaries.writesRefused.record(state.readOnly.isEmpty ? 0 : 1)
        }
    }

    /// Counts the shards; one of them is enough to see to it.
    private func count(from shard: RedisShard) {
        guard let shards, shards.all.first === shard else { return }
        let away = shards.all.count { trouble(of: $0) != nil }
        let unowned = shards.mapTrouble == nil ? 0 : 1
        metrics.redis.shards(connected: shards.all.count - away, away: away + unowned)
    }

    /// In a cluster, lines of a shard name it.
    private func shardLogger(_ shard: RedisShard) -> Logger {
        var logger = logger
        if shards?.isCluster == true { logger[metadataKey: LogKey.endpoint] = "\(shard.name)" }
        return logger
    }

    // MARK: - From the relay

    func received(_ payloads: [[UInt8]], on channel: String, by subscriber: RedisSubscriber) {
        canary(on: channel)?.received(payloads, by: subscriber)
    }

    /// Subscriptions are active, initially or after a reconnect.
    func subscribed(to channels: [String], _ subscriber: RedisSubscriber) {
        for channel in channels { canary(on: channel)?.subscribed(subscriber) }
    }

    private func canary(on channel: String) -> CanaryService? {
        all.first { $0.isHeard(on: channel) }
    }

    private var shards: RedisShards? { state.withLock { $0.shards } }
    private var all: [CanaryService] { state.withLock { Array($0.canaries.values) } }

    private func canary(of shard: RedisShard) -> CanaryService? {
        state.withLock { $0.canaries[ObjectIdentifier(shard)] }
    }

    // MARK: - What they say

    /// What this node has received: its own canary first, then the slowest; of each sender the worst over all shards.
    package var receipts: [CanaryReceipt] {
        all.flatMap(\.receipts).worstOfEach(own: node.own.name)
    }

    /// What this node has received of its own canaries over one shard.
    package func ownReceipt(over shard: RedisShard) -> CanaryReceipt? {
        canary(of: shard)?.receipts.first { $0.from == node.own.name }
    }

    /// The current time by the clock of the shard that has this key.
    package func logTime(of key: String) -> LogTime? {
        guard let shards else { return nil }
        return canary(of: shards.shard(of: key))?.logTime
    }

    /// What is wrong with a shard; `nil`: this node can write there and hears itself.
    package func trouble(of shard: RedisShard) -> String? {
        shard.health.unreadyReason ?? shard.memory.unreadyReason ?? canary(of: shard)?.unreadyReason
    }

    /// Why no message can be published; `nil`: it can, at least to one shard.
    package var publishFailure: String? {
        var first: String?
        for shard in shards?.all ?? [] {
            guard let reason = shard.health.unreadyReason ?? canary(of: shard)?.publishFailure else { return nil }
            first = first ?? reason
        }
        return first ?? shards?.mapTrouble
    }

    package var unreadyReason: String? {
        var first: String?
        for shard in shards?.all ?? [] {
            guard let trouble = trouble(of: shard) else { return nil }
            first = first ?? trouble
        }
        return first ?? shards?.mapTrouble
    }

    package var degradedReason: String? {
        let shards = shards?.all ?? []
        let away = shards.compactMap { shard in trouble(of: shard).map { "\(shard.name): \($0)" } }
        if !away.isEmpty {
            return "\(away.count) of \(shards.count) Redis shards are away, the rooms there wait: "
                + away.joined(separator: "; ")
        }
        if let trouble = self.shards?.mapTrouble { return trouble }
        for shard in shards {
            if let reason = canary(of: shard)?.degradedReason ?? shard.memory.degradedReason {
                return shards.count > 1 ? "\(shard.name): \(reason)" : reason
            }
        }
        return nil
    }
}
