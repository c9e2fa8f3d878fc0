import ChatModel

/// Checks whether a room that belongs to somebody keeps its rules (`docs/protocol.md`, section 13): by replaying its log
/// entry by entry, and by comparing with it what clients were refused and what they read. Part of `RoomHistory`, which
/// passes the entries in order once all members have them.
///
/// Clients do not learn at which position of the log the server refused or read. It was after everything they knew when
/// they asked, and before everything they sent after the answer. An answer is reported only if it was wrong at every
/// position between these bounds, so each report is certain.
struct RulesJudge: Sendable {
    /// Where something is in the log, and when.
    struct Place: Sendable {
        static let start = Place(seq: 0, ts: 0)

        let seq: UInt64
        let ts: Int64

        /// The later one.
        static func later(_ one: Place, _ other: Place) -> Place { one.seq < other.seq ? other : one }
    }

    enum Observation: Sendable {
        /// The user read the room.
        case reads
        /// The user had to leave, or was not let in.
        case isExpelled
        /// The server did not take what the user sent.
        case isRefused(SentMessage.Name, MessageAct?, ErrorCode)
    }

    private struct Observed: Sendable {
        let what: Observation
        let user: UserID
        let from: Place
        let at: ContinuousClock.Instant
        /// The first entry sent after it.
        var end: Place?
        /// How the log contradicts a refusal, unless it was because of the rules.
        var contradiction: String?
    }

    private struct Chapter: Sendable {
        let begin: Place
        let rules: JudgedRules
    }

    /// What is older is not judged.
    private static let kept = 4_096

    private var rules: JudgedRules
    /// The rules after each change, oldest first.
    private var chapters: [Chapter]
    private var observed: [Observed] = []
    private var logNumber: Int?
    /// A part of the log is unknown: nothing can be judged any more.
    private var hasLostSight = false
    /// Entries that were compared with rules.
    private(set) var compared = 0

    init(of kind: RoomKind) {
        rules = JudgedRules(of: kind)
        chapters = [Chapter(begin: .start, rules: rules)]
    }

    mutating func loseSight() {
        hasLostSight = true
        observed = []
    }

    /// Redis lost an entry: what was based on it was right.
    mutating func forgetObservations() { observed = [] }

    mutating func note(_ what: Observation, by user: UserID, from: Place, at now: ContinuousClock.Instant) {
        guard !hasLostSight else { return }
        observed.append(Observed(what: what, user: user, from: from, at: now))
        if observed.count >= 2 * Self.kept { observed.removeFirst(Self.kept) }
    }

    /// The log shows why the server should not have refused this, except because of the rules.
    /// - Returns: whether it is to be judged by the rules.
    mutating func contradict(_ name: SentMessage.Name, _ how: String) -> Bool {
        let index = observed.lastIndex {
            if case .isRefused(name, _, _) = $0.what { true } else { false }
        }
        guard let index else { return rules.isRuled }
        observed[index].contradiction = how
        return true
    }

    /// Whether the author of an entry may delete what others said.
    func moderates(_ entry: ChatMessage) -> Bool {
        rules.isRuled && (hasLostSight || rules.moderates(entry.user, at: entry.ts))
    }

    /// The next entry of the log.
    /// - `sentAt`: if by one of the clients.
    mutating func see(
        _ entry: ChatMessage, sentAt: ContinuousClock.Instant?, logNumber: Int
    ) -> HistoryVerdict.Fault? {
        let place = Place(seq: entry.id.seq, ts: entry.ts)
        if let sentAt {
            for index in observed.indices.reversed() {
                if observed[index].end == nil, observed[index].at < sentAt { observed[index].end = place }
            }
        }
        if self.logNumber == nil, entry.id.seq == 1 { self.logNumber = logNumber }
        if self.logNumber != logNumber { loseSight() }
        guard !hasLostSight else { return nil }
        let fault = rules.fault(of: entry)
        if rules.isRuled { compared += 1 }
        rules.apply(entry)
        if case .room = entry.act {
            chapters.append(Chapter(begin: place, rules: rules))
            if chapters.count >= 2 * Self.kept { chapters.removeFirst(Self.kept) }
        }
        return fault
    }

    /// All entries have been seen: judges what clients observed.
    func judge(_ body: (HistoryVerdict.Fault, String) -> Void) {
        guard !hasLostSight else { return }
        for each in observed where each.from.seq >= chapters[0].begin.seq {
            let bounds = "between \(each.from.seq) and \(each.end.map { "\($0.seq)" } ?? "the end")"
            switch each.what {
            case .reads:
                let isRight = periods(of: each).contains { $0.rules.admits(each.user, at: $0.last) }
                if !isRight { body(.leaked, "\(each.user) read the room \(bounds)") }
            case .isExpelled:
                let isRight = periods(of: each).contains { !$0.rules.admits(each.user, at: $0.first) }
                if !isRight { body(.wronglyRefused, "\(each.user) was not let in \(bounds)") }
            case .isRefused(let name, let act, let code):
                let isRight = periods(of: each).contains { rules, first, last in
                    // A ban may have ended in between.
                    [first, last].contains {
                        rules.mayRefuse(
                            act, by: each.user, as: code, contradicted: each.contradiction != nil, at: $0)
                    }
                }
                if isRight { continue }
                if let how = each.contradiction {
                    body(.violation, how)
                } else {
                    let what = act?.wire ?? "a message"
                    body(.wronglyRefused, "\(code.rawValue) for \(name.key) of \(each.user), \(what), \(bounds)")
                }
            }
        }
    }

    /// The rules that may have applied, with the first and the last time at which they did.
    private func periods(of each: Observed) -> [(rules: JudgedRules, first: Int64, last: Int64)] {
        chapters.indices.compactMap { index in
            let (chapter, next) = (chapters[index], index + 1 < chapters.count ? chapters[index + 1].begin : nil)
            guard chapter.begin.seq < each.end?.seq ?? .max, next?.seq ?? .max > each.from.seq else { return nil }
            return (
                chapter.rules, max(chapter.begin.ts, each.from.ts), min(next?.ts ?? .max, each.end?.ts ?? .max)
            )
        }
    }
}
