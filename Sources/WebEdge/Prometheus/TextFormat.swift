import NIOCore
import Operations

/// Writes metrics in Prometheus' text exposition format 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/).
struct TextFormat {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var buffer = ByteBuffer()

    mutating func write(_ family: PrometheusFactory.Family) {
        let name = family.description.name
        writeHeader(family.description)
        for series in family.series {
            switch series.instrument {
            case .counter(let counter): writeSample(name, series.labels, counter.value)
            case .gauge(let gauge): writeSample(name, series.labels, gauge.value)
            case .histogram(let histogram): write(histogram, name: name, labels: series.labels)
            }
        }
    }

    /// A metric without labels and its current value.
    mutating func write(_ description: MetricDescription, _ value: Double) {
        writeHeader(description)
        writeSample(description.name, [], value)
    }

    private mutating func write(
        _ histogram: HistogramInstrument, name: String, labels: [(name: String, value: String)]
    ) {
        let sum = histogram.sum
        var total = 0
        for (bound, count) in zip(histogram.bounds + [.infinity], histogram.buckets) {
            total += count
            writeSample("\(name)_bucket", labels + [("le", Self.number(bound))], Double(total))
        }
        writeSample("\(name)_sum", labels, sum)
        writeSample("\(name)_count", labels, Double(total))
    }

    private mutating func writeHeader(_ description: MetricDescription) {
        let type =
            switch description.kind {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        buffer.writeString("# HELP \(description.name) \(Self.escaped(description.help))\n")
        buffer.writeString("# TYPE \(description.name) \(type)\n")
    }

    private mutating func writeSample(_ name: String, _ labels: [(name: String, value: String)], _ value: Double) {
        buffer.writeString(name)
        if !labels.isEmpty {
            let pairs = labels.map { label in
                "\(label.name)=\"\(Self.escaped(label.value).replacing("\"", with: "\\\""))\""
            }
            buffer.writeString("{\(pairs.joined(separator: ","))}")
        }
        buffer.writeString(" \(Self.number(value))\n")
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    /// Go's notation, which the format requires for non-finite values; whole numbers have no fraction.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: value).map(String.init) ?? value.description
    }
}
