/// What `HistoryChecker` found.
package struct HistoryVerdict: Sendable, CustomStringConvertible {
    package enum Fault: String, Sendable, CaseIterable {
        /// Acknowledged, but missing from a member that should have it.
        case lost
        /// A client received a message twice, or the log contains a key twice.
        case doubled
        /// Arrived after a newer one, or the log has a client's messages in another order than it sent them.
        case reordered
        /// A number was skipped, or the log was replaced, without notice.
        case hiddenGap = "hidden gap"
        /// Two clients, or an ack and the log, disagree about one position.
        case disagreement
        /// Acknowledged, but never received by anybody.
        case nowhere
        /// Arrived with another text, or as another act.
        case altered
        /// Rejected, but in the log anyway.
        case doneThoughRefused = "applied although rejected"
        /// A client shows a message differently from the log.
        case diverged
        /// The server violated the protocol.
        case violation
        /// The log has something from a user who was banned or not a member.
        case banned = "by a banned user"
        /// The log has a message of a user who had no right to write.
        case silenced = "by a silenced user"
        /// The log has a message that slow mode should have refused.
        case slowed = "too early in slow mode"
        /// The log has a change of the rules by a user who had no right to it.
        case noRight = "change without a right"
        /// A user read the room after they were removed from it.
        case leaked
        /// A user was refused what the rules allowed.
        case wronglyRefused = "wrongly refused"
        /// A page had a text that was deleted.
        case undeleted = "deleted text"
    }

    /// Faults with their counts and the first few examples.
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
    /// The acts among the sent messages; those in the log; those rejected.
    package internal(set) var acts = 0
    package internal(set) var actsAcked = 0
    package internal(set) var actsRefused = 0
    package internal(set) var messagesRefused = 0
    /// Entries of rooms with rules that were compared with them.
    package internal(set) var rulesCompared = 0
    /// Texts that were searched for after they had been deleted.
    package internal(set) var searched = 0
    /// Messages as shown by clients that were compared with the log.
    package internal(set) var statesCompared = 0
    /// Deliveries to all clients together.
    package internal(set) var received = 0
    /// Gaps reported to clients: allowed by the protocol, but unexpected without failures.
    package internal(set) var reportedGaps = 0
    /// Acknowledged, then lost when Redis itself lost the tail of a log; clients that had them were notified.
    package internal(set) var lostByRedis = 0
    var findings = Findings()

    package subscript(fault: Fault) -> Int { findings.counts[fault] ?? 0 }

    /// Sent, but neither acknowledged nor rejected.
    package var unanswered: Int { sent - acked - actsRefused - messagesRefused }

    package var isClean: Bool { findings.counts.isEmpty }

    mutating func add(_ other: HistoryVerdict) {
        sent += other.sent
        acked += other.acked
        acts += other.acts
        actsAcked += other.actsAcked
        actsRefused += other.actsRefused
        messagesRefused += other.messagesRefused
        rulesCompared += other.rulesCompared
        searched += other.searched
        statesCompared += other.statesCompared
        received += other.received
        reportedGaps += other.reportedGaps
        lostByRedis += other.lostByRedis
        findings.merge(other.findings)
    }

    /// The first few findings of each kind, as text.
    package var examples: [String] {
        Fault.allCases.flatMap { fault in
            (findings.examples[fault] ?? []).map { "\(fault.rawValue): \($0)" }
        }
    }

    package var description: String {
        let counts = Fault.allCases.map { "\(self[$0]) \($0.rawValue)" }.joined(separator: ", ")
        let redis = lostByRedis == 0 ? "" : ", \(lostByRedis) lost by Redis"
        return "\(sent) sent, \(acked) acked, \(acts) acts, \(actsRefused) rejected, \(statesCompared) states "
            + "compared, \(received) received, \(reportedGaps) reported gaps\(redis); \(counts)"
            + examples.map { "\n  \($0)" }.joined()
    }
}
