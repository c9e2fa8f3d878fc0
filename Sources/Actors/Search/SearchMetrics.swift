import CoreMetrics
import NIOCore
import Operations

/// Counts and times searches.
struct SearchMetrics: Sendable {
    private let answered: Counter
    private let failed: Counter
    private let busy: Counter
    private let duration: CoreMetrics.Timer
    private let entries: Counter

    init(factory: any MetricsFactory) {
        func counter(_ result: String) -> Counter {
            Counter(label: "webchat_searches_total", dimensions: [("result", result)], factory: factory)
        }
        answered = counter("ok")
        failed = counter("failed")
        busy = counter("busy")
        duration = Timer(label: "webchat_search_seconds", dimensions: [], factory: factory)
        entries = Counter(label: "webchat_search_entries_total", factory: factory)
    }

    func refused() { busy.increment() }

    func ended(answered: Bool, begun: NIODeadline, entries: Int) {
        (answered ? self.answered : failed).increment()
        duration.recordNanoseconds((NIODeadline.now() - begun).nanoseconds)
        self.entries.increment(by: entries)
    }

    static let descriptions: [MetricDescription] = [
        MetricDescription(
            "webchat_searches_total", .counter,
            help: "Searches by result; busy: too many concurrent searches on this node or from one address.",
            labels: [.init("result", ["ok", "failed", "busy"])]),
        MetricDescription(
            "webchat_search_seconds", .histogram(buckets: MetricDescription.latencyBuckets),
            help: "Duration of a search."),
        MetricDescription(
            "webchat_search_entries_total", .counter, help: "Log entries examined by searches."),
    ]
}
