import ChatModel
import Operations
import RedisClient

extension RelayTopology {
    init(_ redis: RedisService, _ canaries: ShardCanaries) {
        let primary = redis.sentinels?.primary?.description
        self.init(
            mode: redis.shards.isCluster ? .cluster : redis.sentinels == nil ? .single : .sentinel,
            sentinel: redis.sentinels?.followed,
            failover: redis.failovers.last.map { Failover(primary: $0.primary, age: $0.at.duration(to: .now)) },
            shards: redis.shards.all.map { shard in
                Shard(
                    address: primary ?? shard.name, trouble: canaries.trouble(of: shard),
                    slots: redis.shards.slotCount(of: shard), fill: shard.memory.fill,
                    delay: canaries.ownReceipt(over: shard)?.p99,
                    replicas: shard.memory.replicas.map {
                        Replica(address: $0.address, isOnline: $0.isOnline, lag: $0.lagBytes)
                    })
            })
    }
}
