import ChatModel
import DequeModule

/// The canaries that one subscriber connection has received, by sender, with their delay. A pure value with bounded
/// memory.
struct CanaryTable {
    typealias Instant = ContinuousClock.Instant

    /// The outcome of a canary: the label `result` of `webchat_canary_received_total`.
    enum Finding: String, CaseIterable, Sendable {
        /// In order and on time.
        case ok
        /// This one or a later one was received before.
        case dup
        /// Earlier ones are missing.
        case gap
        case late
        /// Unreadable, or there are too many senders.
        case drop
    }

    static let maximumSenders = 1_000
    /// How many delays are kept per sender.
    static let samples = 60
    static let lateAfter = Duration.seconds(1)

    private struct Row {
        var generation: UInt64
        var number: UInt32
        var heardAt: Instant
        /// Newest last.
        var lateness: Deque<Duration> = []
    }

    private var rows: [String: Row] = [:]

    /// - Parameter lateness: `nil` while it is unknown.
    mutating func heard(_ canary: Canary, lateness: Duration?, now: Instant) -> Finding {
        let (name, generation) = (canary.from.name, canary.from.generation)
        let known = rows[name]
        if let known, (generation, canary.number) <= (known.generation, known.number) { return .dup }
        guard known != nil || rows.count < Self.maximumSenders else { return .drop }
        var row = Row(generation: generation, number: canary.number, heardAt: now)
        var finding = Finding.ok
        if let known, known.generation == generation {
            row.lateness = known.lateness
            if canary.number - known.number > 1 { finding = .gap }
        }
        if let lateness {
            if row.lateness.count == Self.samples { row.lateness.removeFirst() }
            row.lateness.append(lateness)
            if finding == .ok, lateness > Self.lateAfter { finding = .late }
        }
        rows[name] = row
        return finding
    }

    /// Forgets nodes that have left the cluster. A new node may be heard before the cluster view lists it, so unknown
    /// nodes are kept until they have been silent for a while.
    mutating func keep(_ live: Set<String>, without gone: Set<String>, heardSince limit: Instant) {
        rows = rows.filter { name, row in
            live.contains(name) || (!gone.contains(name) && row.heardAt > limit)
        }
    }

    /// One per sender with known delays, in unspecified order.
    func receipts(now: Instant) -> [CanaryReceipt] {
        rows.compactMap { name, row in
            guard let last = row.lateness.last else { return nil }
            return CanaryReceipt(
                from: name, number: row.number, last: last, p99: Self.p99(row.lateness), age: now - row.heardAt)
        }
    }

    /// The nearest-rank 99th percentile.
    private static func p99(_ lateness: Deque<Duration>) -> Duration {
        let rank = (lateness.count * 99 + 99) / 100
        return lateness.sorted()[rank - 1]
    }
}
