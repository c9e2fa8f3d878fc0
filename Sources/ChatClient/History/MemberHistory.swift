import ChatModel

/// How far one member of a room has read, and what it did not receive. Part of `RoomHistory`.
struct MemberHistory: Sendable {
    struct Hole: Sendable {
        let logNumber: Int
        let range: ClosedRange<UInt64>
    }

    enum Step {
        case next
        /// Fills a hole: a newer message arrived first.
        case late
        case again
        /// The log was replaced without notice.
        case otherLog
    }

    /// The era that a member leaves, and the last number it has from there.
    struct Passage {
        let era: Int
        let having: UInt64
    }

    /// Where the log continues after a notice that it was replaced or lost its tail.
    struct Restart: Sendable {
        /// `nil`: the log was empty.
        let logNumber: Int?
        let era: Int?
        /// Its head at that point: later numbers are owed.
        let head: UInt64
        /// The first log not yet seen at that point.
        let nextLogNumber: Int
    }

    /// The room as the member shows it.
    private(set) var shown: ShownRoom
    /// In the room, or expected back.
    var present = false
    /// Skipped without notice.
    private(set) var holes: [Hole] = []
    /// The log (`ObservedLog.Log`) it reads; `nil`: the room had none yet.
    private(set) var logNumber: Int?
    /// The era (tag) in which it knows that log.
    private(set) var era: Int?
    /// The last number received; `nil`: the next one is the first, whatever it is.
    private(set) var cursor: UInt64?
    /// Gaps reported in the current log.
    private var told: [ClosedRange<UInt64>] = []
    /// Set until the first message after it.
    private var restart: Restart?

    /// - Parameter shown: how many messages it shows.
    init(shown: Int) {
        self.shown = ShownRoom(limit: shown)
    }

    /// Starts reading; nothing before `first` is owed.
    mutating func start(logNumber: Int?, era: Int?, before first: UInt64?) {
        self.logNumber = logNumber
        self.era = era
        cursor = first.map { $0 == 0 ? 0 : $0 - 1 }
        told = []
        restart = nil
        shown.forget()
    }

    /// The last number it received in its log.
    var reached: UInt64 { restart == nil ? cursor ?? 0 : 0 }

    func hasMore(than head: UInt64) -> Bool { restart == nil && cursor.map { $0 > head } ?? false }

    mutating func gap(_ missing: ClosedRange<UInt64>?, restart: Restart?) {
        // Drop ranges already passed: a long log has many gaps.
        if let cursor { told.removeAll { restart != nil || $0.upperBound <= cursor } }
        if let missing { told.append(missing) }
        if let restart {
            self.restart = restart
            era = restart.era ?? era
        }
        shown.forget()
    }

    /// Shows the next entry of the log.
    mutating func show(_ entry: ChatMessage) {
        shown.take(entry)
    }

    mutating func advance(logNumber: Int, seq: UInt64) -> Step {
        if let restart { return resume(from: restart, logNumber: logNumber, seq: seq) }
        guard let cursor else {
            start(logNumber: logNumber, era: era, before: seq)
            self.cursor = seq
            return .next
        }
        guard logNumber == self.logNumber else {
            let wasEmpty = self.logNumber == nil
            start(logNumber: logNumber, era: era, before: 1)
            jump(from: 0, to: seq)
            return wasEmpty ? .next : .otherLog
        }
        if seq > cursor {
            jump(from: cursor, to: seq)
            return .next
        }
        return fill(seq) ? .late : .again
    }

    /// `nil`: away for good, or not yet told of any era.
    var presentEra: Int? { present ? era : nil }

    /// The number up to which the member needs nothing more of that log.
    func isDone(logNumber: Int) -> UInt64 {
        guard present else { return .max }
        guard restart == nil, let own = self.logNumber, let cursor else { return 0 }
        guard logNumber == own else { return logNumber < own && holes.isEmpty ? .max : 0 }
        return min(cursor, (holes.map(\.range.lowerBound).min() ?? .max) - 1)
    }

    /// Continues in an era.
    /// - Returns: the era it came from, if it differs and no loss was reported.
    mutating func enter(era: Int, logNumber: Int) -> Passage? {
        guard era != self.era else { return nil }
        defer { self.era = era }
        guard restart == nil, logNumber == self.logNumber, let own = self.era, let cursor else { return nil }
        return Passage(era: own, having: cursor)
    }

    /// Whether that position of the log is still ahead of the member.
    func isBehind(logNumber: Int, seq: UInt64) -> Bool {
        if let restart {
            guard let own = restart.logNumber else { return logNumber >= restart.nextLogNumber }
            return logNumber == own ? seq > restart.head : logNumber > own
        }
        guard let own = self.logNumber else { return true }
        guard logNumber == own else { return logNumber > own }
        guard let cursor else { return false }
        return seq > cursor
    }

    /// The first message after a reported restart: one of the newest before its head, or the next one.
    private mutating func resume(from restart: Restart, logNumber: Int, seq: UInt64) -> Step {
        let told = told
        start(logNumber: logNumber, era: era, before: seq)
        self.told = told
        cursor = seq
        let isOther = restart.logNumber.map { $0 != logNumber } ?? false
        let last = isOther ? 0 : restart.head
        if seq > last { jump(from: last, to: seq) }
        return isOther ? .otherLog : .next
    }

    private mutating func jump(from last: UInt64, to seq: UInt64) {
        cursor = seq
        var open = last + 1
        for range in told.sorted(by: { $0.lowerBound < $1.lowerBound }) where open < seq && range.upperBound >= open {
            if range.lowerBound > open { leave(open, below: min(range.lowerBound, seq)) }
            open = range.upperBound == .max ? seq : max(open, range.upperBound + 1)
        }
        if open < seq { leave(open, below: seq) }
    }

    private mutating func leave(_ first: UInt64, below end: UInt64) {
        guard let logNumber else { return }
        holes.append(Hole(logNumber: logNumber, range: first...(end - 1)))
    }

    private mutating func fill(_ seq: UInt64) -> Bool {
        guard let index = holes.lastIndex(where: { $0.logNumber == logNumber && $0.range.contains(seq) }) else {
            return false
        }
        let hole = holes.remove(at: index)
        if hole.range.lowerBound < seq {
            holes.append(Hole(logNumber: hole.logNumber, range: hole.range.lowerBound...(seq - 1)))
        }
        if hole.range.upperBound > seq {
            holes.append(Hole(logNumber: hole.logNumber, range: (seq + 1)...hole.range.upperBound))
        }
        return true
    }
}
