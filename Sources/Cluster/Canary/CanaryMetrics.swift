package import CoreMetrics
package import Operations

/// Counts received canaries by finding.
package struct CanaryMetrics: Sendable {
    private let received: [CanaryTable.Finding: Counter]
    /// 1 while Redis can be read but refuses writes.
    let writesRefused: Gauge

    package init(factory: any MetricsFactory) {
        received = Dictionary(
            uniqueKeysWithValues: CanaryTable.Finding.allCases.map { finding in
                let dimensions = [("result", finding.rawValue)]
                return (
                    finding, Counter(label: "webchat_canary_received_total", dimensions: dimensions, factory: factory)
                )
            })
        writesRefused = Gauge(label: "webchat_redis_writes_refused", factory: factory)
    }

    func received(_ finding: CanaryTable.Finding) { received[finding]?.increment() }

    package static let descriptions: [MetricDescription] = [
        MetricDescription(
            "webchat_canary_received_total", .counter,
            help: "Received canaries, including this node's own: in order, duplicate, after a gap, more than a second "
                + "late, or unreadable.",
            labels: [.init("result", CanaryTable.Finding.allCases.map(\.rawValue))]),
        MetricDescription(
            "webchat_redis_writes_refused", .gauge,
            help: "1 while Redis refuses writes (memory, disk, replicas) and chat is read-only, 0 otherwise."),
    ]
}
