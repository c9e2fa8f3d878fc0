import ChatModel

/// A room's log, put together from what its members received: the first one to get a number says what stands there, all
/// others must agree. Part of `RoomHistory`; knows nothing of who received what.
///
/// A log has lives and eras. A new random part of the epoch is a new life: it counts from 1 again. A new tag is a new
/// era of the same life: another Redis server goes on with it, mostly with everything that was there, but after a
/// failover perhaps without the last numbers, which it then gives out again (`docs/protocol.md`, section 5). So a number
/// may hold one message in one era and another one in a later era, but never two in one.
struct ObservedLog: Sendable {
    struct Entry: Sendable {
        let message: ChatMessage
        /// Of a message whose sender is one of the clients.
        let sentAt: ContinuousClock.Instant?
        /// In which eras it was received.
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
        /// So old that it is not known any more; everybody had it.
        case forgotten
    }

    private struct Life: Sendable {
        let random: UInt64
        var entries: [UInt64: Entry] = [:]
        /// What other eras had at a number that was given out again.
        var variants: [UInt64: [Entry]] = [:]
        /// Up to here everything was judged and forgotten.
        var sealed: UInt64 = 0
    }

    private struct Era: Sendable {
        let epoch: Epoch
        let life: Int
        /// The lowest head that a member was told of when it was told that the log began anew or lost its end.
        var toldHead = UInt64.max
    }

    /// In the order in which they were seen.
    private var lives: [Life] = []
    private var eras: [Era] = []
    /// Members that went from one era to another without being told of a restart, and how far they had read by then.
    private var passages: [Passage: UInt64] = [:]
    /// Where an era was told to begin below numbers that were forgotten already.
    private var cuts: [(era: Int, head: UInt64)] = []

    private struct Passage: Hashable {
        let from: Int
        let to: Int
    }

    /// How many messages are kept.
    var count: Int { lives.reduce(0) { $0 + $1.entries.count } }
    var lastEra: Int { eras.count - 1 }
    var lifeIndices: Range<Int> { lives.indices }

    func life(ofEra era: Int) -> Int { eras[era].life }

    mutating func era(of epoch: Epoch) -> Int {
        if let last = eras.last, last.epoch == epoch { return eras.count - 1 }
        if let known = eras.lastIndex(where: { $0.epoch == epoch }) { return known }
        let life: Int
        if let known = lives.lastIndex(where: { $0.random == epoch.random }) {
            life = known
        } else {
            lives.append(Life(random: epoch.random))
            life = lives.count - 1
        }
        eras.append(Era(epoch: epoch, life: life))
        return eras.count - 1
    }

    /// - `sent`: what the clients said; looked into only when the number is new.
    mutating func see(
        _ message: ChatMessage, era: Int, among sent: [SentMessage.Name: SentMessage]
    ) -> Sight {
        let life = eras[era].life
        let seq = message.id.seq
        guard seq > lives[life].sealed else { return .forgotten }
        guard let entry = lives[life].entries[seq] else {
            let new = Entry(message: message, era: era, among: sent)
            lives[life].entries[seq] = new
            return .first(sentAt: new.sentAt)
        }
        if entry.message.isSameEntry(as: message) {
            if era > entry.lastEra { lives[life].entries[seq]?.lastEra = era }
            return .known(sentAt: entry.sentAt)
        }
        if let index = lives[life].variants[seq]?.firstIndex(where: { $0.message.isSameEntry(as: message) }) {
            if let variant = lives[life].variants[seq]?[index], era > variant.lastEra {
                lives[life].variants[seq]?[index].lastEra = era
            }
            return .known(sentAt: lives[life].variants[seq]?[index].sentAt)
        }
        if entry.message.id == message.id, entry.message.user == message.user, entry.message.key == message.key {
            return .altered
        }
        let others = [entry] + (lives[life].variants[seq] ?? [])
        if let other = others.first(where: { ($0.firstEra...$0.lastEra).contains(era) }) {
            return .disagreement(with: other.message)
        }
        let new = Entry(message: message, era: era, among: sent)
        lives[life].variants[seq, default: []].append(new)
        return .first(sentAt: new.sentAt)
    }

    /// A member went on, from where it was, into another era of the same life.
    mutating func pass(from: Int, to: Int, having seq: UInt64) {
        let passage = Passage(from: from, to: to)
        passages[passage] = max(passages[passage] ?? 0, seq)
    }

    /// A member was told that what follows need not continue what it had; the log of `era` reaches up to `head` by now.
    /// - Returns: the life and the number above which messages that were judged may come again as others.
    mutating func restart(era: Int, head: UInt64) -> (life: Int, above: UInt64)? {
        eras[era].toldHead = min(eras[era].toldHead, head)
        let life = eras[era].life
        guard lives[life].sealed > head else { return nil }
        lives[life].sealed = head
        cuts.append((era, head))
        return (life, head)
    }

    // MARK: Judging

    /// What stands at a number in the end.
    struct Judged {
        let entry: Entry
        /// Redis lost it, after some had got it.
        let abandoned: Bool
        /// A member had it, or the one before it, and was not told that it was replaced.
        let replacedUntold: Bool
    }

    /// Judges what stands up to a number, in order, and forgets it.
    mutating func seal(life: Int, upTo limit: UInt64, _ body: (Judged) -> Void) {
        guard limit > lives[life].sealed else { return }
        // A number from outside may be far away: walk over what is there.
        let seqs = lives[life].entries.keys.filter { $0 <= limit }.sorted()
        for seq in seqs {
            for judged in judge(life: life, seq: seq) { body(judged) }
            lives[life].entries[seq] = nil
            lives[life].variants[seq] = nil
        }
        lives[life].sealed = limit
    }

    /// Eras that members entered without being told that what they had was cut off.
    var untoldCuts: Int {
        passages.count { passage, seq in
            cuts.contains { passage.from < $0.era && $0.era <= passage.to && seq > $0.head }
        }
    }

    private func judge(life: Int, seq: UInt64) -> [Judged] {
        guard let entry = lives[life].entries[seq] else { return [] }
        let all = ([entry] + (lives[life].variants[seq] ?? [])).sorted { $0.lastEra < $1.lastEra }
        return all.indices.map { index in
            let entry = all[index]
            let next = all.indices.contains(index + 1) ? all[index + 1].firstEra : nil
            let cut = eras.indices.first { era in
                era > entry.lastEra && eras[era].life == life && eras[era].toldHead < seq
            }
            let end = [next, cut].compactMap(\.self).min()
            let untold =
                end.map { end in
                    passages.contains { passage, had in passage.from <= entry.lastEra && passage.to >= end && had >= seq
                    }
                } ?? false
            return Judged(entry: entry, abandoned: end != nil, replacedUntold: untold)
        }
    }
}

extension ChatMessage {
    /// Whether it is one entry of the log, whatever acts had made of it when it was read.
    fileprivate func isSameEntry(as other: ChatMessage) -> Bool {
        guard id == other.id, user == other.user, name == other.name, key == other.key, ts == other.ts, act == other.act
        else { return false }
        return text == other.text || isRewritten || other.isRewritten
    }

    /// Whether its text is not the sender's own any more.
    var isRewritten: Bool {
        switch (state, act) {
        case (.deleted, _), (.changed(.some, _), _): true
        // Its message was deleted, and what it said with it.
        case (_, .edit): text.isEmpty
        default: false
        }
    }
}
