/// What `HistoryChecker` found.
package struct HistoryVerdict: Sendable, CustomStringConvertible {
    package enum Fault: String, Sendable, CaseIterable {
        /// Acknowledged, and a member that should have it did not get it.
        case lost
        /// One client got one message twice, or the log holds one key twice.
        case doubled
        /// Came after a newer one; or one client's messages stand in another order than it sent them.
        case reordered
        /// A number was jumped over, or the log began anew, and the client was not told.
        case hiddenGap = "hidden gap"
        /// Two clients, or an ack and the log, do not agree on what stands at one place.
        case disagreement
        /// Acknowledged, and nobody ever got it.
        case nowhere
        /// Arrived with another text, or as another act.
        case altered
        /// Refused, and it stands in the log all the same.
        case doneThoughRefused = "done though refused"
        /// Somebody shows a message otherwise than the log has it by now.
        case diverged
        /// The server said what the protocol does not allow.
        case violation
    }

    /// Faults with their number and the first examples in words.
    struct Findings: Sendable {
        static let examplesKept = 5
        private(set) var counts: [Fault: Int] = [:]
        private(set) var examples: [Fault: [String]] = [:]

        mutating func add(_ fault: Fault, _ example: @autoclosure () -> String) {
            counts[fault, default: 0] += 1
            if examples[fault, default: []].count < Self.examplesKept { examples[fault, default: []].append(example()) }
        }

        mutating func merge(_ other: Findings) {
            for (fault, count) in other.counts {
                counts[fault, default: 0] += count
                let room = Self.examplesKept - examples[fault, default: []].count
                examples[fault, default: []] += other.examples[fault, default: []].prefix(max(room, 0))
            }
        }
    }

    package internal(set) var sent = 0
    package internal(set) var acked = 0
    /// Acts among those that were sent; those of them that are in the log; and those that the server would not do.
    package internal(set) var acts = 0
    package internal(set) var actsAcked = 0
    package internal(set) var actsRefused = 0
    /// Messages as somebody shows them that were compared with the log.
    package internal(set) var statesCompared = 0
    /// Deliveries, to all clients together.
    package internal(set) var received = 0
    /// Gaps that clients were told of: no fault of the protocol, but nothing that may happen when nothing fails.
    package internal(set) var toldGaps = 0
    /// Acknowledged, and gone with the end of a log that Redis itself lost; whoever had them was told.
    package internal(set) var lostByRedis = 0
    var findings = Findings()

    package subscript(fault: Fault) -> Int { findings.counts[fault] ?? 0 }

    /// Sent, and neither acknowledged nor refused.
    package var unanswered: Int { sent - acked - actsRefused }

    package var isClean: Bool { findings.counts.isEmpty }

    mutating func add(_ other: HistoryVerdict) {
        sent += other.sent
        acked += other.acked
        acts += other.acts
        actsAcked += other.actsAcked
        actsRefused += other.actsRefused
        statesCompared += other.statesCompared
        received += other.received
        toldGaps += other.toldGaps
        lostByRedis += other.lostByRedis
        findings.merge(other.findings)
    }

    /// What was found, in words: the first few of each kind.
    package var examples: [String] {
        Fault.allCases.flatMap { fault in
            (findings.examples[fault] ?? []).map { "\(fault.rawValue): \($0)" }
        }
    }

    package var description: String {
        let counts = Fault.allCases.map { "\(self[$0]) \($0.rawValue)" }.joined(separator: ", ")
        let redis = lostByRedis == 0 ? "" : ", \(lostByRedis) lost by Redis"
        return "\(sent) sent, \(acked) acked, \(acts) acts, \(actsRefused) refused, \(statesCompared) states compared, "
            + "\(received) received, \(toldGaps) told gaps\(redis); \(counts)"
            + examples.map { "\n  \($0)" }.joined()
    }
}
