import ChatModel
package import CoreMetrics
import NIOCore
package import Operations
package import Supervision

/// The instruments of rooms and connections.
package struct ActorsMetrics: Sendable {
    package static let descriptions: [MetricDescription] =
        [
            MetricDescription(
                "webchat_messages_total", .counter, help: "Messages from this node's users accepted by the log."),
            MetricDescription(
                "webchat_message_latency_seconds", .histogram(buckets: MetricDescription.latencyBuckets),
                help: "Time from receiving a message to its confirmation by the log."),
            MetricDescription(
                "webchat_actors", .gauge, help: "Live actors.", labels: [.init("kind", ["connection", "room"])]),
            MetricDescription(
                "webchat_actor_mailbox_depth", .gauge, help: "Hops queued between event loops.",
                labels: [.init("kind", ["connection", "room"])]),
            MetricDescription(
                "webchat_actor_restarts_total", .counter, help: "Actors and services replaced after a failure.",
                labels: [
                    .init("kind", ["connection", "room", "service"]),
                    .init("reason", InvariantBroken.Rule.allCases.map(\.rawValue) + ["error", "escalated"]),
                ]),
            MetricDescription(
                "webchat_relay_messages_total", .counter,
                help:
                    "Messages to (out) and from (in) the relay; gaps are filled from the log, acts may be refused.",
                labels: [
                    .init("direction", ["in", "out"]),
                    .init("result", ["ok", "dup", "gap", "drop", "late", "refused"]),
                ]),
            MetricDescription(
                "webchat_relay_delivery_seconds", .histogram(buckets: MetricDescription.latencyBuckets),
                help: "Time from the log's timestamp to the room on this node, by where it was published.",
                labels: [.init("path", ["local", "remote"])]),
            MetricDescription(
                "webchat_resumes_total", .counter,
                help: "Joins with a position: everything recovered, or a gap reported.",
                labels: [.init("result", ["ok", "gap"])]),
            MetricDescription(
                "webchat_journeys_total", .counter,
                help:
                    "Requested message journeys: answered by all nodes or by some, of a message no node has times of, "
                    + "rejected as too many at once, or not answered.",
                labels: [.init("result", ["whole", "part", "unknown", "refused", "failed"])]),
            MetricDescription(
                "webchat_duplicates_suppressed_total", .counter, help: "Resent messages that the log already had."),
        ] + SearchMetrics.descriptions

    let searches: SearchMetrics
    private let messages: Counter
    private let latency: CoreMetrics.Timer
    let connections: Meter
    let rooms: Meter
    let connectionMailbox: Meter
    let roomMailbox: Meter
    let connectionRestarts: [InvariantBroken.Rule: Counter]
    let connectionEscalations: Counter
    let roomRestarts: [InvariantBroken.Rule: Counter]
    let roomEscalations: Counter
    let heard: Counter
    let heardTwice: Counter
    let heardLate: Counter
    let heardDropped: Counter
    let gaps: Counter
    private let publishedOnce: Counter
    private let publishedTwice: Counter
    private let publishFailed: Counter
    private let publishRefused: Counter
    private let deliveredLocal: CoreMetrics.Timer
    private let deliveredRemote: CoreMetrics.Timer
    let resumed: Counter
    let resumedWithGap: Counter
    private let duplicatesSuppressed: Counter
    private let journeysWhole: Counter
    private let journeysInPart: Counter
    private let journeysUnknown: Counter
    let journeysRefused: Counter
    private let journeysFailed: Counter
    private let serviceRestarts: Counter
    private let serviceEscalations: Counter

    package init(factory: any MetricsFactory) {
        func counter(_ name: String, _ dimensions: [(String, String)] = []) -> Counter {
            Counter(label: name, dimensions: dimensions, factory: factory)
        }
        func meter(_ name: String, kind: String) -> Meter {
            Meter(label: name, dimensions: [("kind", kind)], factory: factory)
        }
        func relay(_ direction: String, _ result: String) -> Counter {
            counter("webchat_relay_messages_total", [("direction", direction), ("result", result)])
        }
        func restarts(_ kind: String, _ reason: String) -> Counter {
            counter("webchat_actor_restarts_total", [("kind", kind), ("reason", reason)])
        }
        func restarts(_ kind: String) -> [InvariantBroken.Rule: Counter] {
            Dictionary(uniqueKeysWithValues: InvariantBroken.Rule.allCases.map { ($0, restarts(kind, $0.rawValue)) })
        }
        func delivered(_ path: String) -> CoreMetrics.Timer {
            CoreMetrics.Timer(label: "webchat_relay_delivery_seconds", dimensions: [("path", path)], factory: factory)
        }
        searches = SearchMetrics(factory: factory)
        messages = counter("webchat_messages_total")
        latency = CoreMetrics.Timer(label: "webchat_message_latency_seconds", dimensions: [], factory: factory)
        connections = meter("webchat_actors", kind: "connection")
        rooms = meter("webchat_actors", kind: "room")
        connectionMailbox = meter("webchat_actor_mailbox_depth", kind: "connection")
        roomMailbox = meter("webchat_actor_mailbox_depth", kind: "room")
        connectionRestarts = restarts("connection")
        connectionEscalations = restarts("connection", "escalated")
        roomRestarts = restarts("room")
        roomEscalations = restarts("room", "escalated")
        serviceRestarts = restarts("service", "error")
        serviceEscalations = restarts("service", "escalated")
        heard = relay("in", "ok")
        heardTwice = relay("in", "dup")
        heardLate = relay("in", "late")
        heardDropped = relay("in", "drop")
        gaps = relay("in", "gap")
        publishedOnce = relay("out", "ok")
        publishedTwice = relay("out", "dup")
        publishFailed = relay("out", "drop")
        publishRefused = relay("out", "refused")
        deliveredLocal = delivered("local")
        deliveredRemote = delivered("remote")
        resumed = counter("webchat_resumes_total", [("result", "ok")])
        resumedWithGap = counter("webchat_resumes_total", [("result", "gap")])
        duplicatesSuppressed = counter("webchat_duplicates_suppressed_total")
        func journeys(_ result: String) -> Counter { counter("webchat_journeys_total", [("result", result)]) }
        journeysWhole = journeys("whole")
        journeysInPart = journeys("part")
        journeysUnknown = journeys("unknown")
        journeysRefused = journeys("refused")
        journeysFailed = journeys("failed")
    }

    func published(_ result: Result<PublishReceipt, RelayError>, within duration: TimeAmount) {
        switch result {
        case .success(let receipt):
            (receipt.duplicate ? publishedTwice : publishedOnce).increment()
            (receipt.duplicate ? duplicatesSuppressed : messages).increment()
            latency.recordNanoseconds(duration.nanoseconds)
        case .failure(let error):
            (error.code.errorCode == .unavailable ? publishFailed : publishRefused).increment()
        }
    }

    /// A live message arrived. The log's clock may be another machine's, so the subtraction is checked.
    func heard(_ message: ChatMessage, isOwn: Bool) {
        let (delay, overflow) = WallClock.milliseconds().subtractingReportingOverflow(message.ts)
        if !overflow { (isOwn ? deliveredLocal : deliveredRemote).recordMilliseconds(max(0, delay)) }
    }

    func ended(_ outcome: OpenJourneys.Outcome) {
        switch outcome {
        case .traced(let answers, let expected):
            (answers.count < expected ? journeysInPart : journeysWhole).increment()
        case .unknown: journeysUnknown.increment()
        case .unavailable: journeysFailed.increment()
        }
    }

    package func serviceFailed(_ decision: RestartPolicy.Decision) {
        switch decision {
        case .restart: serviceRestarts.increment()
        case .stop, .escalate: serviceEscalations.increment()
        }
    }
}
