package import CoreMetrics
package import Operations
package import RedisClient

/// The instruments of this module, made once and handed to whoever counts.
package struct ClusterMetrics: Sendable {
    package let redis: RedisMetrics
    let canaries: CanaryMetrics
    /// Live messages that nobody can read; described by the rooms' metrics, which count the other results.
    let malformedLive: Counter
    /// Entries of a log that nobody can read; described by the edge's metrics, which count the other errors.
    let unreadableEntries: Counter
    let historyWaiting: Meter
    let historyRefused: Counter

    package init(factory: any MetricsFactory) {
        redis = RedisMetrics(factory: factory, operations: RedisOperation.all)
        canaries = CanaryMetrics(factory: factory)
        malformedLive = Counter(
            label: "webchat_relay_messages_total", dimensions: [("direction", "in"), ("result", "drop")],
            factory: factory)
        unreadableEntries = Counter(
            label: "webchat_errors_total", dimensions: [("type", "redis_error")], factory: factory)
        historyWaiting = Meter(label: "webchat_history_waiting", factory: factory)
        historyRefused = Counter(label: "webchat_history_refused_total", factory: factory)
    }

    package static let descriptions: [MetricDescription] =
        RedisMetrics.descriptions(RedisOperation.all) + CanaryMetrics.descriptions + [
            MetricDescription(
                "webchat_history_waiting", .gauge, help: "Reads of a room's past that wait for their turn at Redis."),
            MetricDescription(
                "webchat_history_refused_total", .counter,
                help:
                    "Reads of a room's past that were refused, because too many waited on this node or of one address."),
        ]
}
