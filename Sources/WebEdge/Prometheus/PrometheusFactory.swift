package import CoreMetrics
package import NIOCore
package import Operations

/// The node's metrics: a swift-metrics backend that renders the Prometheus text format.
///
/// Created once per node from the tables of all modules and passed to each of them. Not bootstrapped globally, because
/// tests run several nodes in one process. Every series exists from the start, at 0. Using an instrument that no table
/// describes is a programming error and traps. Safe from any thread: after `init` only the instruments' atomics change.
package final class PrometheusFactory: MetricsFactory {
    /// One metric with its series, in table order.
    struct Family: Sendable {
        let description: MetricDescription
        let series: [Series]
        /// Indexes into `series` by label values, in the order of the description's labels.
        private let indexes: [[String]: Int]

        struct Series: Sendable {
            let labels: [(name: String, value: String)]
            let instrument: Instrument
        }

        enum Instrument: Sendable {
            case counter(CounterInstrument)
            case gauge(GaugeInstrument)
            case histogram(HistogramInstrument)
        }

        init(_ description: MetricDescription) {
            let combinations = description.labels.reduce([[]]) { combinations, label in
                combinations.flatMap { head in label.values.map { head + [$0] } }
            }
            self.description = description
            self.series = combinations.map { values in
                Series(
                    labels: zip(description.labels, values).map { (name: $0.name, value: $1) },
                    instrument: description.kind.makeInstrument())
            }
            self.indexes = [[String]: Int](
                zip(combinations, combinations.indices),
                uniquingKeysWith: { _, _ in preconditionFailure("\(description.name) lists a label value twice") })
        }

        func instrument(_ dimensions: [(String, String)]) -> Instrument {
            let values = description.labels.compactMap { label in dimensions.first { $0.0 == label.name }?.1 }
            guard dimensions.count == description.labels.count, let index = indexes[values] else {
                preconditionFailure("\(description.name) is not described with the labels \(dimensions)")
            }
            return series[index].instrument
        }
    }

    private let families: [Family]
    private let indexes: [String: Int]

    /// - `version`: the node's version, exported as `webchat_build_info`.
    package init(_ tables: [MetricDescription]..., version: String) {
        let buildInfo = MetricDescription(
            "webchat_build_info", .gauge, help: "Version of this node; always 1.",
            labels: [.init("version", [version])])
        self.families = (tables.flatMap(\.self) + [buildInfo]).map(Family.init)
        self.indexes = [String: Int](
            zip(families.map(\.description.name), families.indices),
            uniquingKeysWith: { first, second in preconditionFailure("metrics \(first) and \(second) share a name") })
        Meter(label: buildInfo.name, dimensions: [("version", version)], factory: self).set(1)
    }

    /// All metrics, including the process metrics, in text format 0.0.4.
    package func render() -> ByteBuffer {
        var text = TextFormat()
        for family in families { text.write(family) }
        ProcessMetrics.read(into: &text)
        return text.buffer
    }

    private func instrument(_ name: String, _ dimensions: [(String, String)]) -> Family.Instrument {
        guard let index = indexes[name] else { preconditionFailure("the metric \(name) is not described") }
        return families[index].instrument(dimensions)
    }

    private func counter(_ name: String, _ dimensions: [(String, String)]) -> CounterInstrument {
        guard case .counter(let counter) = instrument(name, dimensions) else {
            preconditionFailure("\(name) is not described as a counter")
        }
        return counter
    }

    private func gauge(_ name: String, _ dimensions: [(String, String)]) -> GaugeInstrument {
        guard case .gauge(let gauge) = instrument(name, dimensions) else {
            preconditionFailure("\(name) is not described as a gauge")
        }
        return gauge
    }

    private func histogram(_ name: String, _ dimensions: [(String, String)]) -> HistogramInstrument {
        guard case .histogram(let histogram) = instrument(name, dimensions) else {
            preconditionFailure("\(name) is not described as a histogram")
        }
        return histogram
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions)
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        counter(label, dimensions)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions)
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate ? histogram(label, dimensions) : gauge(label, dimensions)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions)
    }

    // A series outlives its instrument: scrapes must still see it.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
}

extension MetricDescription.Kind {
    fileprivate func makeInstrument() -> PrometheusFactory.Family.Instrument {
        switch self {
        case .counter: .counter(CounterInstrument())
        case .gauge: .gauge(GaugeInstrument())
        case .histogram(let buckets): .histogram(HistogramInstrument(bounds: buckets))
        }
    }
}
