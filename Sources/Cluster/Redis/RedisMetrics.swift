package import ChatModel
package import CoreMetrics

/// Counts and times Redis commands by operation.
package struct RedisMetrics: Sendable {
    private struct Instruments {
        let success: Counter
        let error: Counter
        let latency: CoreMetrics.Timer
        let waiting: Meter
    }

    /// Indexed by the raw value of `RedisOperation`.
    private let operations: [Instruments]
    /// Fraction of Redis' `maxmemory` in use; 0 without a limit.
    let memoryRatio: Gauge

    package init(factory: any MetricsFactory) {
        memoryRatio = Gauge(label: "webchat_redis_memory_ratio", factory: factory)
        operations = RedisOperation.allCases.map { operation in
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

    func sent(_ operation: RedisOperation) { operations[operation.rawValue].waiting.increment() }

    /// It was answered, or its caller no longer waits.
    func settled(_ operation: RedisOperation) { operations[operation.rawValue].waiting.decrement() }

    func succeeded(_ operation: RedisOperation, nanoseconds: Int64) {
        let instruments = operations[operation.rawValue]
        instruments.success.increment()
        instruments.latency.recordNanoseconds(nanoseconds)
    }

    func failed(_ operation: RedisOperation) {
        operations[operation.rawValue].error.increment()
    }

    package static let descriptions: [MetricDescription] = [
        MetricDescription(
            "webchat_redis_operations_total", .counter, help: "Commands to Redis by purpose and outcome.",
            labels: [
                .init("operation", RedisOperation.allCases.map(\.label)), .init("status", ["success", "error"]),
            ]),
        MetricDescription(
            "webchat_redis_latency_seconds", .histogram(buckets: MetricDescription.latencyBuckets),
            help: "Time from sending a Redis command to its reply.",
            labels: [.init("operation", RedisOperation.allCases.map(\.label))]),
        MetricDescription(
            "webchat_redis_waiting_commands", .gauge,
            help: "Redis commands without a reply yet; bounded per connection.",
            labels: [.init("operation", RedisOperation.allCases.map(\.label))]),
        MetricDescription(
            "webchat_redis_memory_ratio", .gauge,
            help: "Fraction of Redis' maxmemory in use, 0 to 1; 0 if unlimited or unknown."),
    ]
}
