import ChatModel

/// A room's log, reconstructed from what its members received: the first to receive a number defines its content, and
/// all others must agree. Part of `RoomHistory`; independent of who received what.
///
/// A new random part of the epoch is a new log (`Log`), which counts from 1 again. A new tag is a new era of the same
/// log: another Redis server continues it, usually with everything, but after a failover possibly without the last
/// numbers, which it then reuses (`docs/protocol.md`, section 5). So a number may have different messages in different
/// eras, but never two in one. A server that returns after another one had taken over begins a new era under its old
/// tag: what the other one wrote is gone, and what it had itself is back. So does one that reports a lower head under the
/// same tag: another server that has not written yet, or the same with less. If it returns under a new tag, only who reads
/// a number there again can show that it is back; otherwise its loss in between counts.
struct ObservedLog: Sendable {
    struct Entry: Sendable {
        let message: ChatMessage
        /// Set if the sender is one of the clients.
        let sentAt: ContinuousClock.Instant?
        /// In which it was received, in order; never empty.
        fileprivate(set) var eras: [Int]

        fileprivate var lastEra: Int { eras[eras.count - 1] }

        fileprivate mutating func note(era: Int) {
            let place = eras.firstIndex { $0 >= era } ?? eras.count
            if place == eras.count || eras[place] != era { eras.insert(era, at: place) }
        }
    }

    enum Sight {
        case first(sentAt: ContinuousClock.Instant?)
        case known(sentAt: ContinuousClock.Instant?)
        /// The same message with another text.
        case altered
        /// Another message in the same era.
        case disagreement(with: ChatMessage)
        /// Too old to be known; every member had it.
        case forgotten
    }

    private struct Log: Sendable {
        let random: UInt64
        /// By number: one, or several of different eras.
        var entries: [UInt64: [Entry]] = [:]
        /// Everything up to here was judged and forgotten.
        var sealed: UInt64 = 0
    }

    private struct Era: Sendable {
        let epoch: Epoch
        let logNumber: Int
        /// The lowest head reported to a member together with a restart or the loss of the tail.
        var reportedHead = UInt64.max
        /// The highest number received in it.
        var highest: UInt64 = 0
    }

    /// In the order in which they were seen.
    private var logs: [Log] = []
    private var eras: [Era] = []
    /// Members that changed eras without a reported restart, and how far they had read: so both eras have the same
    /// messages up to there.
    private var passages: [Passage: UInt64] = [:]
    /// Eras reported to begin below numbers that were already forgotten.
    private var cuts: [(era: Int, head: UInt64)] = []

    private struct Passage: Hashable {
        let from: Int
        let to: Int
    }

    /// How many numbers are kept.
    var count: Int { logs.reduce(0) { $0 + $1.entries.count } }
    var lastEra: Int { eras.count - 1 }
    var logNumbers: Range<Int> { logs.indices }

    func logNumber(ofEra era: Int) -> Int { eras[era].logNumber }

    func epoch(ofEra era: Int) -> Epoch { eras[era].epoch }

    /// - `current`: that of the member that receives the epoch. If it has left an era of this epoch for a later one, the
    ///   epoch's server has returned.
    mutating func era(of epoch: Epoch, after current: Int?) -> Int {
        if let current, eras[current].epoch == epoch { return current }
        if let known = eras.lastIndex(where: { $0.epoch == epoch }), known >= current ?? 0 { return known }
        return begin(epoch)
    }

    /// The era of a restart that was reported to a member. If the epoch's log reached beyond `head` before, it was rolled
    /// back, and a new era begins.
    /// - `hasMore`: the member has more. A head that it has reached may be an old one.
    mutating func era(of epoch: Epoch, after current: Int?, restartedAt head: UInt64, hasMore: Bool) -> Int {
        if let known = eras.lastIndex(where: { $0.epoch == epoch }), known >= current ?? 0 {
            let isOwn = current.map { eras[$0].epoch == epoch } ?? false
            let isRolledBack = isOwn ? known == current && hasMore : eras[known].highest > head
            if !isRolledBack { return known }
        }
        return begin(epoch)
    }

    private mutating func begin(_ epoch: Epoch) -> Int {
        let logNumber: Int
        if let known = logs.lastIndex(where: { $0.random == epoch.random }) {
            logNumber = known
        } else {
            logs.append(Log(random: epoch.random))
            logNumber = logs.count - 1
        }
        eras.append(Era(epoch: epoch, logNumber: logNumber))
        return eras.count - 1
    }

    /// - `sent`: what the clients sent; used only if the number is new.
    mutating func see(_ message: ChatMessage, era: Int, among sent: [SentMessage.Name: SentMessage]) -> Sight {
        let logNumber = eras[era].logNumber
        let seq = message.id.seq
        eras[era].highest = max(eras[era].highest, seq)
        guard seq > logs[logNumber].sealed else { return .forgotten }
        let variants = logs[logNumber].entries[seq] ?? []
        if let index = variants.firstIndex(where: { $0.message.isSameEntry(as: message) }) {
            if variants[index].lastEra != era { logs[logNumber].entries[seq]?[index].note(era: era) }
            return .known(sentAt: variants[index].sentAt)
        }
        if variants.contains(where: { $0.message.isAltered(message) }) { return .altered }
        if let other = variants.first(where: { $0.eras.contains(era) }) { return .disagreement(with: other.message) }
        let sentAt = sent[SentMessage.Name(user: message.user, key: message.key)]?.sentAt
        logs[logNumber].entries[seq, default: []].append(Entry(message: message, sentAt: sentAt, eras: [era]))
        return .first(sentAt: sentAt)
    }

    /// A member continued in another era of the same log.
    mutating func pass(from: Int, to: Int, having seq: UInt64) {
        let passage = Passage(from: from, to: to)
        passages[passage] = max(passages[passage] ?? 0, seq)
    }

    /// A restart was reported to a member: what follows may not continue what it had. The log of `era` now reaches
    /// `head`.
    /// - Returns: the log, and the number above which judged messages may be replaced.
    mutating func restart(era: Int, head: UInt64) -> (logNumber: Int, above: UInt64)? {
        eras[era].reportedHead = min(eras[era].reportedHead, head)
        let logNumber = eras[era].logNumber
        guard logs[logNumber].sealed > head else { return nil }
        logs[logNumber].sealed = head
        cuts.append((era, head))
        return (logNumber, head)
    }

    // MARK: Judging

    /// The final content of a number.
    struct Judged {
        let entry: Entry
        /// Redis lost it after some members had received it.
        let abandoned: Bool
        /// A member had it or its predecessor, and was not told that it was replaced.
        let replacedUnreported: Bool
    }

    /// Judges all entries up to a number, in order, and forgets them.
    mutating func seal(logNumber: Int, upTo limit: UInt64, _ body: (Judged) -> Void) {
        guard limit > logs[logNumber].sealed else { return }
        // A number from outside may be huge: iterate over existing entries.
        let seqs = logs[logNumber].entries.keys.filter { $0 <= limit }.sorted()
        for seq in seqs {
            for judged in judge(logNumber: logNumber, seq: seq) { body(judged) }
            logs[logNumber].entries[seq] = nil
        }
        logs[logNumber].sealed = limit
    }

    /// Eras that members entered without being told that their tail was cut off.
    var unreportedCuts: Int {
        passages.count { passage, seq in cuts.contains { seq > $0.head && passes($0.era, on: passage) } }
    }

    private func judge(logNumber: Int, seq: UInt64) -> [Judged] {
        guard let variants = logs[logNumber].entries[seq] else { return [] }
        let passages = passages.filter { $0.value >= seq }.keys
        let held = variants.map { eras(holding: $0, among: variants, by: passages) }
        // In which order they were in the log may be known only from what servers and members brought along.
        let last = held.map { $0.max() ?? 0 }
        let order = variants.indices.sorted { (last[$0], variants[$0].lastEra) < (last[$1], variants[$1].lastEra) }
        return order.indices.map { index in
            let entry = variants[order[index]]
            let own = held[order[index]]
            let later = order[(index + 1)...]
            let cuts = eras.indices.filter { era in
                era > entry.lastEra && eras[era].logNumber == logNumber && eras[era].reportedHead < seq
            }
            let unreported =
                later.contains { !held[$0].isDisjoint(with: own) }
                || passages.contains { passage in
                    own.contains(passage.from) && cuts.contains { passes($0, on: passage) }
                }
            let isCut = cuts.contains { $0 > last[order[index]] }
            return Judged(entry: entry, abandoned: !later.isEmpty || isCut, replacedUnreported: unreported)
        }
    }

    /// All eras that have the entry: in which it was received, to which its server returned, and those that members
    /// took for the same log.
    private func eras(
        holding entry: Entry, among variants: [Entry], by passages: some Sequence<Passage>
    ) -> Set<Int> {
        let returns = eras.indices.filter { era in
            era > entry.eras[0] && eras[era].reportedHead >= entry.message.id.seq
                && entry.eras.contains { eras[$0].epoch == eras[era].epoch }
                && !variants.contains { $0.eras.contains(era) }
        }
        var held = Set(entry.eras + returns)
        var before = 0
        while held.count > before {
            before = held.count
            for passage in passages where held.contains(passage.from) || held.contains(passage.to) {
                held.formUnion([passage.from, passage.to])
            }
        }
        return held
    }

    /// Whether a passage leads into or past an era. From a server to the same one it leads past none: others wrote
    /// nothing there.
    private func passes(_ era: Int, on passage: Passage) -> Bool {
        passage.to == era
            || passage.from < era && era < passage.to
                && eras[passage.from].epoch != eras[passage.to].epoch
    }
}

extension ChatMessage {
    /// Whether both are the same log entry, regardless of acts applied before either was read.
    fileprivate func isSameEntry(as other: ChatMessage) -> Bool {
        guard id == other.id, user == other.user, name == other.name, key == other.key, ts == other.ts, act == other.act
        else { return false }
        let isDeleted = state == .deleted || other.state == .deleted
        return (text == other.text || isRewritten || other.isRewritten) && (re == other.re || isDeleted)
    }

    /// Whether the other is this entry with another content.
    fileprivate func isAltered(_ other: ChatMessage) -> Bool {
        id == other.id && user == other.user && key == other.key
    }

    /// Whether its text is no longer the sender's original.
    var isRewritten: Bool {
        switch (state, act) {
        case (.deleted, _), (.changed(.some, _), _): true
        // Its target was deleted, and its text with it.
        case (_, .edit): text.isEmpty
        default: false
        }
    }
}
