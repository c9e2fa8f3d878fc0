package import ChatModel
package import CoreMetrics

/// The instruments of this module, made once and handed to whoever counts.
package struct ClusterMetrics: Sendable {
    package let redis: RedisMetrics
    /// 1 while this node can both publish and hear.
    package let relayConnected: Gauge

    package init(factory: any MetricsFactory) {
        redis = RedisMetrics(factory: factory)
        relayConnected = Gauge(label: "webchat_relay_connected", factory: factory)
    }

    package static let descriptions: [MetricDescription] =
        RedisMetrics.descriptions + [
            MetricDescription(
                "webchat_relay_connected", .gauge,
                help: "1 while the connections that publish and subscribe stand, otherwise 0.")
        ]
}
