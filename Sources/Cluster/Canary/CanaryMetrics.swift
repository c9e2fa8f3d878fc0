package import ChatModel
package import CoreMetrics

/// Canaries that came, by what became of them.
package struct CanaryMetrics: Sendable {
    private let received: [CanaryTable.Finding: Counter]

    package init(factory: any MetricsFactory) {
        received = Dictionary(
            uniqueKeysWithValues: CanaryTable.Finding.allCases.map { finding in
                let dimensions = [("result", finding.rawValue)]
                return (
                    finding, Counter(label: "webchat_canary_received_total", dimensions: dimensions, factory: factory)
                )
            })
    }

    func received(_ finding: CanaryTable.Finding) { received[finding]?.increment() }

    package static let descriptions: [MetricDescription] = [
        MetricDescription(
            "webchat_canary_received_total", .counter,
            help: "Canaries heard, this node's own included: the next one, one again, one after a gap, one more than a "
                + "second late, or one that cannot be read.",
            labels: [.init("result", CanaryTable.Finding.allCases.map(\.rawValue))])
    ]
}
