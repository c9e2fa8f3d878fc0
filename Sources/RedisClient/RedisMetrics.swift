package import CoreMetrics
package import Operations

/// Counts and times Redis commands by operation.
package struct RedisMetrics: Sendable {
    private struct Instruments {
        let success: Counter
        let error: Counter
        let latency: CoreMetrics.Timer
        let waiting: Meter
    }

    /// By `RedisOperation.index`.
    private let operations: [Instruments]
    /// Fraction of Redis' `maxmemory` in use; 0 without a limit.
    let memoryRatio: Gauge
    /// 1 while all connections are open.
    package let connected: Gauge
    private let shardsConnected: Gauge
    private let shardsAway: Gauge
    let failovers: Counter
    let replicas: Gauge
    let replicaLag: Gauge

    /// - `operations`: all there are, each at its index.
    package init(factory: any MetricsFactory, operations: [RedisOperation]) {
        precondition(operations.map(\.index) == Array(operations.indices), "operations are not at their index")
        memoryRatio = Gauge(label: "webchat_redis_memory_ratio", factory: factory)
        connected = Gauge(label: "webchat_relay_connected", factory: factory)
        shardsConnected = Gauge(
            label: "webchat_redis_shards", dimensions: [("state", "connected")], factory: factory)
        shardsAway = Gauge(label: "webchat_redis_shards", dimensions: [("state", "away")], factory: factory)
        failovers = Counter(label: "webchat_redis_failovers_total", factory: factory)
        replicas = Gauge(label: "webchat_redis_replicas", factory: factory)
        replicaLag = Gauge(label: "webchat_redis_replica_lag_bytes", factory: factory)
        self.operations = operations.map { operation in
            let label = ("operation", operation.label)
            return Instruments(
                success: Counter(
                    label: "webchat_redis_operations_total", dimensions: [label, ("status", "success")],
                    factory: factory),
                error: Counter(
                    label: "webchat_redis_operations_total", dimensions: [label, ("status", "error")],
                    factory: factory),
                latency: Timer(label: "webchat_redis_latency_seconds", dimensions: [label], factory: factory),
                waiting: Meter(label: "webchat_redis_waiting_commands", dimensions: [label], factory: factory))
        }
    }

    /// How many shards this node can use, and how many not.
    package func shards(connected: Int, away: Int) {
        shardsConnected.record(connected)
        shardsAway.record(away)
    }

    func sent(_ operation: RedisOperation) { operations[operation.index].waiting.increment() }

    /// It was answered, or its caller no longer waits.
    func settled(_ operation: RedisOperation) { operations[operation.index].waiting.decrement() }

    func succeeded(_ operation: RedisOperation, nanoseconds: Int64) {
        let instruments = operations[operation.index]
        instruments.success.increment()
        instruments.latency.recordNanoseconds(nanoseconds)
    }

    func failed(_ operation: RedisOperation) {
        operations[operation.index].error.increment()
    }

    package static func descriptions(_ operations: [RedisOperation]) -> [MetricDescription] {
        let operation = MetricDescription.Label("operation", operations.map(\.label))
        return [
            MetricDescription(
                "webchat_redis_operations_total", .counter, help: "Commands to Redis by purpose and outcome.",
                labels: [operation, .init("status", ["success", "error"])]),
            MetricDescription(
                "webchat_redis_latency_seconds", .histogram(buckets: MetricDescription.latencyBuckets),
                help: "Time from sending a Redis command to its reply.",
                labels: [operation]),
            MetricDescription(
                "webchat_redis_waiting_commands", .gauge,
                help: "Redis commands without a reply yet; bounded per connection.",
                labels: [operation]),
            MetricDescription(
                "webchat_redis_memory_ratio", .gauge,
                help: "Fraction of Redis' maxmemory in use, 0 to 1, of the fullest shard; 0 if unlimited or unknown."),
            MetricDescription(
                "webchat_redis_shards", .gauge,
                help: "Redis primaries by whether this node can use them; one without Redis Cluster. Slots without a "
                    + "primary count as one that is away.",
                labels: [.init("state", ["connected", "away"])]),
            MetricDescription(
                "webchat_redis_failovers_total", .counter,
                help: "Times this node followed Redis to another primary, by Sentinel or in a cluster."),
            MetricDescription(
                "webchat_redis_replicas", .gauge, help: "Replicas that are online, of all shards together."),
            MetricDescription(
                "webchat_redis_replica_lag_bytes", .gauge,
                help: "How far the last replica is behind its primary, in bytes of the replication stream."),
            MetricDescription(
                "webchat_relay_connected", .gauge,
                help: "1 while the publish and subscribe connections to a shard are open, 0 otherwise."),
        ]
    }
}
