import ChatModel

/// A room's log, reconstructed from what its members received: the first to receive a number defines its content, and
/// all others must agree. Part of `RoomHistory`; independent of who received what.
///
/// A new random part of the epoch is a new log (`Log`), which counts from 1 again. A new tag is a new era of the same
/// log: another Redis server continues it, usually with everything, but after a failover possibly without the last
/// numbers, which it then reuses (`docs/protocol.md`, section 5). So a number may have different messages in different
/// eras, but never two in one.
struct ObservedLog: Sendable {
    struct Entry: Sendable {
        let message: ChatMessage
        /// Set if the sender is one of the clients.
        let sentAt: ContinuousClock.Instant?
        /// The first and last era in which it was received.
        let firstEra: Int
        var lastEra: Int

        fileprivate init(message: ChatMessage, era: Int, among sent: [SentMessage.Name: SentMessage]) {
            self.message = message
            self.firstEra = era
            self.lastEra = era
            self.sentAt = sent[SentMessage.Name(user: message.user, key: message.key)]?.sentAt
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
        var entries: [UInt64: Entry] = [:]
        /// Messages of other eras under a reused number.
        var variants: [UInt64: [Entry]] = [:]
        /// Everything up to here was judged and forgotten.
        var sealed: UInt64 = 0
    }

    private struct Era: Sendable {
        let epoch: Epoch
        let logNumber: Int
        /// The lowest head reported to a member together with a restart or the loss of the tail.
        var reportedHead = UInt64.max
        /// The lowest head of this era reported to a member that had more of it: the server came back with less, and
        /// nothing was written yet that would begin another era.
        var rolledBackTo = UInt64.max
    }

    /// In the order in which they were seen.
    private var logs: [Log] = []
    private var eras: [Era] = []
    /// Members that changed eras without a reported restart, and how far they had read.
    private var passages: [Passage: UInt64] = [:]
    /// Eras reported to begin below numbers that were already forgotten.
    private var cuts: [(era: Int, head: UInt64)] = []

    private struct Passage: Hashable {
        let from: Int
        let to: Int
    }

    /// How many messages are kept.
    var count: Int { logs.reduce(0) { $0 + $1.entries.count } }
    var lastEra: Int { eras.count - 1 }
    var logNumbers: Range<Int> { logs.indices }

    func logNumber(ofEra era: Int) -> Int { eras[era].logNumber }

    mutating func era(of epoch: Epoch) -> Int {
        if let last = eras.last, last.epoch == epoch { return eras.count - 1 }
        if let known = eras.lastIndex(where: { $0.epoch == epoch }) { return known }
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
        guard seq > logs[logNumber].sealed else { return .forgotten }
        guard let entry = logs[logNumber].entries[seq] else {
            let new = Entry(message: message, era: era, among: sent)
            logs[logNumber].entries[seq] = new
            return .first(sentAt: new.sentAt)
        }
        if entry.message.isSameEntry(as: message) {
            if era > entry.lastEra { logs[logNumber].entries[seq]?.lastEra = era }
            return .known(sentAt: entry.sentAt)
        }
        if let index = logs[logNumber].variants[seq]?.firstIndex(where: { $0.message.isSameEntry(as: message) }) {
            if let variant = logs[logNumber].variants[seq]?[index], era > variant.lastEra {
                logs[logNumber].variants[seq]?[index].lastEra = era
            }
            return .known(sentAt: logs[logNumber].variants[seq]?[index].sentAt)
        }
        if entry.message.id == message.id, entry.message.user == message.user, entry.message.key == message.key {
            return .altered
        }
        let others = [entry] + (logs[logNumber].variants[seq] ?? [])
        if let other = others.first(where: { ($0.firstEra...$0.lastEra).contains(era) }) {
            return .disagreement(with: other.message)
        }
        let new = Entry(message: message, era: era, among: sent)
        logs[logNumber].variants[seq, default: []].append(new)
        return .first(sentAt: new.sentAt)
    }

    /// A member continued in another era of the same log.
    mutating func pass(from: Int, to: Int, having seq: UInt64) {
        let passage = Passage(from: from, to: to)
        passages[passage] = max(passages[passage] ?? 0, seq)
    }

    /// A restart was reported to a member: what follows may not continue what it had. The log of `era` now reaches
    /// `head`.
    /// - `isRollback`: the member had more of this very era.
    /// - Returns: the log, and the number above which judged messages may be replaced.
    mutating func restart(era: Int, head: UInt64, isRollback: Bool) -> (logNumber: Int, above: UInt64)? {
        eras[era].reportedHead = min(eras[era].reportedHead, head)
        if isRollback { eras[era].rolledBackTo = min(eras[era].rolledBackTo, head) }
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
            logs[logNumber].variants[seq] = nil
        }
        logs[logNumber].sealed = limit
    }

    /// Eras that members entered without being told that their tail was cut off.
    var unreportedCuts: Int {
        passages.count { passage, seq in
            cuts.contains { passage.from < $0.era && $0.era <= passage.to && seq > $0.head }
        }
    }

    private func judge(logNumber: Int, seq: UInt64) -> [Judged] {
        guard let entry = logs[logNumber].entries[seq] else { return [] }
        let all = ([entry] + (logs[logNumber].variants[seq] ?? [])).sorted { $0.lastEra < $1.lastEra }
        return all.indices.map { index in
            let entry = all[index]
            let next = all.indices.contains(index + 1) ? all[index + 1].firstEra : nil
            let cut = eras.indices.first { era in
                era > entry.lastEra && eras[era].logNumber == logNumber && eras[era].reportedHead < seq
                    || era == entry.lastEra && eras[era].rolledBackTo < seq
            }
            let end = [next, cut].compactMap(\.self).min()
            let unreported =
                end.map { end in
                    passages.contains { passage, had in passage.from <= entry.lastEra && passage.to >= end && had >= seq
                    }
                } ?? false
            return Judged(entry: entry, abandoned: end != nil, replacedUnreported: unreported)
        }
    }
}

extension ChatMessage {
    /// Whether both are the same log entry, regardless of acts applied before either was read.
    fileprivate func isSameEntry(as other: ChatMessage) -> Bool {
        guard id == other.id, user == other.user, name == other.name, key == other.key, ts == other.ts, act == other.act
        else { return false }
        return text == other.text || isRewritten || other.isRewritten
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
