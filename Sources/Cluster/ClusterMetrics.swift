package import CoreMetrics
package import Operations
package import RedisClient

/// This module's instruments, created once.
package struct ClusterMetrics: Sendable {
    package let redis: RedisMetrics
    let canaries: CanaryMetrics
    /// Malformed live messages; described by the rooms' metrics, which count the other results.
    let malformedLive: Counter
    /// Unreadable log entries; described by the edge's metrics, which count the other errors.
    let unreadableEntries: Counter
    let erasures: ErasureMetrics
    let historyWaiting: Meter
    let historyRefused: Counter
    let historyShared: Counter

    package init(factory: any MetricsFactory) {
        redis = RedisMetrics(factory: factory, operations: RedisOperation.all)
        canaries = CanaryMetrics(factory: factory)
        malformedLive = Counter(
            label: "webchat_relay_messages_total", dimensions: [("direction", "in"), ("result", "drop")],
            factory: factory)
        unreadableEntries = Counter(
            label: "webchat_errors_total", dimensions: [("type", "redis_error")], factory: factory)
        erasures = ErasureMetrics(factory: factory)
        historyWaiting = Meter(label: "webchat_history_waiting", factory: factory)
        historyRefused = Counter(label: "webchat_history_refused_total", factory: factory)
        historyShared = Counter(label: "webchat_history_shared_total", factory: factory)
    }

    package static let descriptions: [MetricDescription] =
        RedisMetrics.descriptions(RedisOperation.all) + CanaryMetrics.descriptions
        + ErasureMetrics.descriptions + [
            MetricDescription(
                "webchat_history_waiting", .gauge, help: "History reads waiting for their turn at Redis."),
            MetricDescription(
                "webchat_history_refused_total", .counter,
                help:
                    "History reads refused because too many were waiting on this node or from one address."),
            MetricDescription(
                "webchat_history_shared_total", .counter,
                help: "Pages of GET /messages that another request had just read."),
        ]
}
