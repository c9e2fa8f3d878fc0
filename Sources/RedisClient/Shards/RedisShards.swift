internal import Synchronization

/// All shards that this node uses, and which of them has a key or channel. Safe from any thread.
///
/// Without a cluster there is one shard, which has everything. In a cluster, `RedisClusterMap` changes them.
package final class RedisShards: Sendable {
    private struct State {
        var shards: [RedisShard] = []
        /// By slot: the index in `shards`; `unowned`: no primary is known.
        var owners: [UInt16] = []
        var listeners: [@Sendable () -> Void] = []
        var mapTrouble: String?
    }

    private static let unowned = UInt16.max

    /// `nil` in a cluster.
    private let only: RedisShard?
    /// Stands for the primaries that are not known: never connected, so what is sent to it fails at once.
    private let nowhere: RedisShard
    private let gauges: RedisGauges?
    private let state: Mutex<State>

    /// The one shard there is.
    package init(only shard: RedisShard, gauges: RedisGauges? = nil) {
        only = shard
        nowhere = shard
        self.gauges = gauges
        state = Mutex(State(shards: [shard]))
        gauges?.show([shard])
    }

    /// Of a cluster, of which nothing is known yet.
    init(nowhere: RedisShard, gauges: RedisGauges) {
        only = nil
        self.nowhere = nowhere
        self.gauges = gauges
        state = Mutex(
            State(
                owners: Array(repeating: Self.unowned, count: RedisSlot.count),
                mapTrouble: "the map of the Redis Cluster has not been read yet"))
        gauges.show([])
    }

    package var isCluster: Bool { only == nil }

    /// In the order of their slots.
    package var all: [RedisShard] { state.withLock { $0.shards } }

    /// The shard of a key or channel. Called for each message.
    package func shard(of key: @autoclosure () -> String) -> RedisShard {
        if let only { return only }
        let slot = RedisSlot.of(key())
        return state.withLock { state in
            let owner = state.owners[slot]
            return owner == Self.unowned ? nowhere : state.shards[Int(owner)]
        }
    }

    /// What is wrong with the cluster's map; `nil`: it was read, and every slot has a primary.
    package var mapTrouble: String? { state.withLock { $0.mapTrouble } }

    /// The map cannot be read.
    func noMap(_ reason: String) { state.withLock { $0.mapTrouble = reason } }

    /// The number of slots of a shard; `nil`: it has everything.
    package func slotCount(of shard: RedisShard) -> Int? {
        guard only == nil else { return nil }
        return state.withLock { state in
            guard let index = state.shards.firstIndex(where: { $0 === shard }) else { return 0 }
            return state.owners.count { $0 == UInt16(index) }
        }
    }

    /// - `listener`: called after every look at the cluster's map, whether it has changed or not. Not retained longer than
    ///   this.
    package func onMap(_ listener: @escaping @Sendable () -> Void) {
        state.withLock { $0.listeners.append(listener) }
    }

    /// The cluster's map as just read.
    func assign(_ places: [(shard: RedisShard, slots: [ClosedRange<Int>])]) {
        let listeners = state.withLock { state in
            state.shards = places.map(\.shard)
            state.owners = Array(repeating: Self.unowned, count: RedisSlot.count)
            for (index, place) in places.enumerated() {
                for range in place.slots { for slot in range { state.owners[slot] = UInt16(index) } }
            }
            let unowned = state.owners.count { $0 == Self.unowned }
            state.mapTrouble =
                unowned > 0
                ? "\(unowned) slots of the Redis Cluster have no primary, the rooms there wait: assign them (redis-cli --cluster fix)"
                : nil
            return state.listeners
        }
        gauges?.show(places.map(\.shard))
        for listener in listeners { listener() }
    }
}
