import ChatClient

/// Quantiles of a histogram, in milliseconds.
struct Quantiles: Encodable {
    let p50: Double
    let p95: Double
    let p99: Double
    let max: Double
    private let isEmpty: Bool

    private enum CodingKeys: CodingKey {
        case p50, p95, p99, max
    }

    init(_ histogram: DurationHistogram) {
        func quantile(_ share: Double) -> Double { histogram.quantile(share)?.milliseconds ?? 0 }
        p50 = quantile(0.50)
        p95 = quantile(0.95)
        p99 = quantile(0.99)
        max = histogram.max.milliseconds
        isEmpty = histogram.count == 0
    }

    var text: String {
        isEmpty
            ? "none"
            : "p50 \(Self.text(p50)), p95 \(Self.text(p95)), p99 \(Self.text(p99)), max \(Self.text(max))"
    }

    static func text(_ milliseconds: Double) -> String {
        milliseconds >= 1_000 ? "\(rounded(milliseconds / 1_000)) s" : "\(rounded(milliseconds)) ms"
    }

    static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}

extension Duration {
    /// In milliseconds, to the microsecond.
    var milliseconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) * 1_000 + Double(attoseconds / 1_000_000_000_000) / 1_000
    }
}
