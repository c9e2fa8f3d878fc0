import ChatModel

/// How far one member of a room has read, and what it did not receive. Part of `RoomHistory`.
struct MemberHistory: Sendable {
    struct Hole: Sendable {
        let life: Int
        let range: ClosedRange<UInt64>
    }

    enum Step {
        case next
        /// Fills a hole: a newer message arrived first.
        case late
        case again
        /// The log was replaced without notice.
        case otherLife
    }

    /// The era that a member leaves, and the last number it has from there.
    struct Passage {
        let era: Int
        let having: UInt64
    }

    /// Where the log continues after a notice that it was replaced or lost its tail.
    struct Restart: Sendable {
        /// `nil`: the log was empty.
        let life: Int?
        /// Its head at that point: later numbers are owed.
        let head: UInt64
        /// The first log not yet seen at that point.
        let nextLife: Int
    }

    /// The room as the member shows it.
    private(set) var shown: ShownRoom
    /// In the room, or expected back.
    var present = false
    /// Skipped without notice.
    private(set) var holes: [Hole] = []
    /// The log (`ObservedLog.Life`) it reads; `nil`: the room had none yet.
    private(set) var life: Int?
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
    mutating func start(life: Int?, era: Int?, before first: UInt64?) {
        self.life = life
        self.era = era
        cursor = first.map { $0 == 0 ? 0 : $0 - 1 }
        told = []
        restart = nil
        shown.forget()
    }

    mutating func gap(_ missing: ClosedRange<UInt64>?, restart: Restart?) {
        // Drop ranges already passed: a long log has many gaps.
        if let cursor { told.removeAll { restart != nil || $0.upperBound <= cursor } }
        if let missing { told.append(missing) }
        if let restart { self.restart = restart }
        shown.forget()
    }

    /// Shows the next entry of the log.
    mutating func show(_ entry: ChatMessage) {
        shown.take(entry)
    }

    mutating func advance(life: Int, seq: UInt64) -> Step {
        if let restart { return goOn(from: restart, life: life, seq: seq) }
        guard let cursor else {
            start(life: life, era: era, before: seq)
            self.cursor = seq
            return .next
        }
        guard life == self.life else {
            let wasEmpty = self.life == nil
            start(life: life, era: era, before: 1)
            jump(from: 0, to: seq)
            return wasEmpty ? .next : .otherLife
        }
        if seq > cursor {
            jump(from: cursor, to: seq)
            return .next
        }
        return fill(seq) ? .late : .again
    }

    /// The number up to which the member needs nothing more of that log.
    func isDone(life: Int) -> UInt64 {
        guard present else { return .max }
        guard restart == nil, let own = self.life, let cursor else { return 0 }
        guard life == own else { return life < own && holes.isEmpty ? .max : 0 }
        return min(cursor, (holes.map(\.range.lowerBound).min() ?? .max) - 1)
    }

    /// Continues in an era.
    /// - Returns: the era it came from, if it differs and no loss was reported.
    mutating func enter(era: Int, life: Int) -> Passage? {
        guard era != self.era else { return nil }
        defer { self.era = era }
        guard restart == nil, life == self.life, let own = self.era, let cursor else { return nil }
        return Passage(era: own, having: cursor)
    }

    /// Whether that position of the log is still ahead of the member.
    func isBehind(life: Int, seq: UInt64) -> Bool {
        if let restart {
            guard let own = restart.life else { return life >= restart.nextLife }
            return life == own ? seq > restart.head : life > own
        }
        guard let own = self.life else { return true }
        guard life == own else { return life > own }
        guard let cursor else { return false }
        return seq > cursor
    }

    /// The first message after a reported restart: one of the newest before its head, or the next one.
    private mutating func goOn(from restart: Restart, life: Int, seq: UInt64) -> Step {
        let told = told
        start(life: life, era: era, before: seq)
        self.told = told
        cursor = seq
        let isOther = restart.life.map { $0 != life } ?? false
        let last = isOther ? 0 : restart.head
        if seq > last { jump(from: last, to: seq) }
        return isOther ? .otherLife : .next
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
        guard let life else { return }
        holes.append(Hole(life: life, range: first...(end - 1)))
    }

    private mutating func fill(_ seq: UInt64) -> Bool {
        guard let index = holes.lastIndex(where: { $0.life == life && $0.range.contains(seq) }) else { return false }
        let hole = holes.remove(at: index)
        if hole.range.lowerBound < seq { holes.append(Hole(life: hole.life, range: hole.range.lowerBound...(seq - 1))) }
        if hole.range.upperBound > seq { holes.append(Hole(life: hole.life, range: (seq + 1)...hole.range.upperBound)) }
        return true
    }
}
