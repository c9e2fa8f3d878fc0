import ChatModel
import DequeModule

/// Whose canaries one subscribing connection has heard, and how late. A pure value with bounded memory.
struct CanaryTable {
    typealias Instant = ContinuousClock.Instant

    /// What has become of a canary: the label `result` of `webchat_canary_received_total`.
    enum Finding: String, CaseIterable, Sendable {
        /// The next of its sender, in time.
        case ok
        /// It, or a later one, was there before.
        case dup
        /// Some before it never came.
        case gap
        case late
        /// Nobody can read it, or there are too many senders.
        case drop
    }

    static let maximumSenders = 1_000
    /// So many times of each sender are kept.
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

    /// - Parameter lateness: `nil` as long as it cannot be known.
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

    /// Forgets who is not in the cluster any more. Somebody new may be heard before the cluster knows of it: whoever is in
    /// neither of the two may stay until it has been silent for a while.
    mutating func keep(_ live: Set<String>, without gone: Set<String>, heardSince limit: Instant) {
        rows = rows.filter { name, row in
            live.contains(name) || (!gone.contains(name) && row.heardAt > limit)
        }
    }

    /// One of each sender whose times are known, in no order.
    func receipts(now: Instant) -> [CanaryReceipt] {
        rows.compactMap { name, row in
            guard let last = row.lateness.last else { return nil }
            return CanaryReceipt(
                from: name, number: row.number, last: last, p99: Self.p99(row.lateness), age: now - row.heardAt)
        }
    }

    /// The least time that 99 of 100 did not exceed.
    private static func p99(_ lateness: Deque<Duration>) -> Duration {
        let rank = (lateness.count * 99 + 99) / 100
        return lateness.sorted()[rank - 1]
    }
}
