package import CoreMetrics
package import Operations

/// Counts push messages by outcome.
package struct PushMetrics: Sendable {
    enum Outcome: String, CaseIterable {
        /// The push service took it.
        case sent
        /// The browser gave its subscription up: the device is removed.
        case gone
        /// The push service does not take it.
        case refused
        /// The push service is busy or away: tried again later.
        case delayed
        /// It was so for too long, or too much was waiting.
        case dropped
        /// The user has read the message meanwhile, it was deleted, or is not the user's to read any more.
        case unneeded
    }

    private let outcomes: [Outcome: Counter]
    private let subscribers: Gauge
    private let waiting: Gauge
    private let sends: Gauge
    private let passes: Counter
    private let failedPasses: Counter

    package init(factory: any MetricsFactory) {
        outcomes = Dictionary(
            uniqueKeysWithValues: Outcome.allCases.map {
                ($0, Counter(label: "webchat_pushes_total", dimensions: [("result", $0.rawValue)], factory: factory))
            })
        func passes(_ status: String) -> Counter {
            Counter(label: "webchat_push_passes_total", dimensions: [("status", status)], factory: factory)
        }
        self.passes = passes("success")
        failedPasses = passes("error")
        subscribers = Gauge(label: "webchat_push_subscribers", factory: factory)
        waiting = Gauge(label: "webchat_push_waiting", factory: factory)
        sends = Gauge(label: "webchat_push_sender", factory: factory)
    }

    func count(_ outcome: Outcome, _ count: Int = 1) { outcomes[outcome]?.increment(by: count) }
    func passed() { passes.increment() }
    func failed() { failedPasses.increment() }

    func show(isSending: Bool, subscribers: Int, waiting: Int) {
        sends.record(isSending ? 1 : 0)
        self.subscribers.record(subscribers)
        self.waiting.record(waiting)
    }

    package static let descriptions = [
        MetricDescription(
            "webchat_pushes_total", .counter, help: "Push messages by result.",
            labels: [.init("result", Outcome.allCases.map(\.rawValue))]),
        MetricDescription(
            "webchat_push_passes_total", .counter,
            help: "Looks at the rooms' logs for messages to push, on the node that sends them.",
            labels: [.init("status", ["success", "error"])]),
        MetricDescription(
            "webchat_push_subscribers", .gauge, help: "Users with devices for push messages, on the node that sends."),
        MetricDescription(
            "webchat_push_waiting", .gauge, help: "Push messages that wait for their time, on the node that sends."),
        MetricDescription(
            "webchat_push_sender", .gauge, help: "Whether this node is the one that sends push messages: 1 or 0."),
    ]
}
