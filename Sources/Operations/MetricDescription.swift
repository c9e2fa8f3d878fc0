/// One metric as `/metrics` shows it. Each module lists its own; the Prometheus backend takes the whole table, so every
/// series starts at 0 and only described metrics exist.
package struct MetricDescription: Sendable {
    package enum Kind: Sendable {
        case counter
        case gauge
        /// Upper bounds in the unit of the metric, ascending, without `+Inf`.
        case histogram(buckets: [Double])
    }

    /// A label and every value it may take.
    package struct Label: Sendable {
        package let name: String
        package let values: [String]
        package init(_ name: String, _ values: [String]) {
            self.name = name
            self.values = values
        }
    }

    package let name: String
    package let help: String
    package let kind: Kind
    package let labels: [Label]

    package init(_ name: String, _ kind: Kind, help: String, labels: [Label] = []) {
        self.name = name
        self.help = help
        self.kind = kind
        self.labels = labels
    }

    /// 1 ms to 1 s, in seconds.
    package static let latencyBuckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1]
}
