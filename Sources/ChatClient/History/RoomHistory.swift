import ChatModel
import ChatProtocol

/// One room's part of `HistoryChecker`: what was sent, where the log put it, and how far each member has read.
///
/// Each member has a cursor that may only advance by one. A jump leaves a hole that is either reported, filled later
/// (then the order was wrong) or still there at the end. What every member has passed is judged and forgotten, so
/// memory holds only messages in flight; nothing below a hole is forgotten, because it may be a loss.
struct RoomHistory: Sendable {
    /// After how many new messages to look for forgettable ones, which visits every member.
    private static let sealEvery = 256
    /// The newest are kept in any case: another server may replace them.
    private static let newestKept: UInt64 = 256
    /// Judged messages stay known by name for a while: their ack may arrive twice.
    private static let settledKept = 4_096

    let name: RoomName
    /// How many messages each member shows.
    private let shown: Int
    var log = ObservedLog()
    var members: [HistoryChecker.ClientNumber: MemberHistory] = [:]
    var messages: [SentMessage.Name: SentMessage] = [:]
    /// Rejected acts.
    var refusals = RefusedActs()
    private var acts = ActJudge()
    var rules: RulesJudge
    var watch: RoomWatch
    /// Whether the rules of the room may refuse a message.
    let isModerated: Bool
    /// What clients made before they were in the room: not counted, nor expected in any order.
    var earlier: Set<SentMessage.Name> = []
    /// Judged and acknowledged, oldest first.
    private var settled: [SentMessage.Name] = []
    private var users: Set<UserID> = []
    private var sentBy: [HistoryChecker.ClientNumber: Int] = [:]
    /// Each client's last judged message, by its number.
    private var lastJudged: [HistoryChecker.ClientNumber: Int] = [:]
    private var unsealed = 0
    var tally = HistoryVerdict()

    init(name: RoomName, shown: Int, isModerated: Bool) {
        self.name = name
        self.shown = shown
        self.isModerated = isModerated
        rules = RulesJudge(of: name.kind)
        watch = RoomWatch(of: name.kind)
    }

    /// Messages kept in memory.
    var kept: Int { log.count }

    mutating func sent(
        client: HistoryChecker.ClientNumber, user: UserID, key: String, text: String, act: MessageAct?,
        re: MessageID?, at now: ContinuousClock.Instant
    ) {
        let number = sentBy[client] ?? 0
        sentBy[client] = number + 1
        users.insert(user)
        tally.sent += 1
        if act != nil { tally.acts += 1 }
        messages[SentMessage.Name(user: user, key: key)] =
            SentMessage(
                client: client, number: number, text: text, act: act, re: re, era: members[client]?.era, sentAt: now,
                after: watch.newest, joins: watch.joins[client] ?? 0)
    }

    mutating func acked(user: UserID, key: String, id: MessageID) {
        let name = SentMessage.Name(user: user, key: key)
        guard let message = messages[name] else {
            tally.findings.add(.disagreement, "\(self.name): \(id) acked to \(user) for \(key), which it never sent")
            return
        }
        if let before = message.ackedAs {
            if before != id {
                tally.findings.add(.disagreement, "\(self.name): \(key) acked as \(before) and as \(id)")
            }
        } else {
            tally.acked += 1
            if message.act != nil { tally.actsAcked += 1 }
            if message.refusedAs != nil {
                if message.act == nil { tally.messagesRefused -= 1 } else { tally.actsRefused -= 1 }
            }
            messages[name]?.ackedInEra = log.lastEra
            if message.place != nil { settle(name) }
        }
        messages[name]?.ackedAs = id
    }

    mutating func joined(
        client: HistoryChecker.ClientNumber, head: RoomPosition, first: MessageID?, more: Bool, fresh: Bool,
        recovered: Bool
    ) {
        let era = era(of: head.epoch, for: client)
        members[client, default: MemberHistory(shown: shown)].present = true
        watch.join(client, head: head)
        if fresh {
            switch (first, more) {
            case (let first?, _): start(client, era: era, before: first.seq)
            case (nil, true): start(client, era: era, before: nil)
            case (nil, false): start(client, era: era, before: head.id.seq &+ 1)
            }
        } else if let era, recovered {
            enter(client, era: era)
        }
    }

    /// - Returns: when it was sent, if by one of the clients.
    mutating func received(
        client: HistoryChecker.ClientNumber, epoch: Epoch, message: ChatMessage
    ) -> ContinuousClock.Instant? {
        tally.received += 1
        let era = log.era(of: epoch, after: members[client]?.era)
        enter(client, era: era)
        switch members[client, default: MemberHistory(shown: shown)]
            .advance(logNumber: log.logNumber(ofEra: era), seq: message.id.seq)
        {
        case .next: members[client]?.show(message)
        case .late: tally.findings.add(.reordered, "client \(client) in \(name): \(message.id) came after a newer one")
        case .again: tally.findings.add(.doubled, "client \(client) in \(name): \(message.id) came again")
        case .otherLog:
            members[client]?.show(message)
            tally.findings.add(.hiddenGap, "client \(client) in \(name): unannounced epoch \(epoch) at \(message.id)")
        }
        return see(message, era: era)
    }

    mutating func gap(client: HistoryChecker.ClientNumber, missing: ServerFrame.Missing?, restart head: RoomPosition?) {
        tally.reportedGaps += 1
        var told: ClosedRange<UInt64>?
        if let logNumber = members[client]?.logNumber { acts.loseSight(of: logNumber) }
        rules.loseSight()
        if let missing, missing.from.seq <= missing.to.seq { told = missing.from.seq...missing.to.seq }
        guard let head else {
            members[client, default: MemberHistory(shown: shown)].gap(told, restart: nil)
            return
        }
        watch.restart(above: head.id.seq)
        let member = members[client]
        let era =
            head.epoch == .none
            ? nil
            : log.era(
                of: head.epoch, after: member?.era, restartedAt: head.id.seq,
                hasMore: member?.hasMore(than: head.id.seq) ?? false)
        let restart = MemberHistory.Restart(
            logNumber: era.map { log.logNumber(ofEra: $0) }, era: era, head: head.id.seq,
            nextLogNumber: log.logNumbers.upperBound
        )
        members[client, default: MemberHistory(shown: shown)].gap(told, restart: restart)
        guard let era, let again = log.restart(era: era, head: head.id.seq) else { return }
        for (name, message) in messages {
            if let place = message.place, place.logNumber == again.logNumber, place.seq > again.above {
                messages[name]?.place = nil
                lastJudged[message.client] = lastJudged[message.client].map { min($0, message.number - 1) }
            }
        }
    }

    mutating func left(client: HistoryChecker.ClientNumber) {
        members[client]?.present = false
    }

    // MARK: The log

    /// `nil`: there is no log yet.
    private mutating func era(of epoch: Epoch, for client: HistoryChecker.ClientNumber) -> Int? {
        epoch == .none ? nil : log.era(of: epoch, after: members[client]?.era)
    }

    private mutating func start(_ client: HistoryChecker.ClientNumber, era: Int?, before first: UInt64?) {
        members[client]?.start(logNumber: era.map { log.logNumber(ofEra: $0) }, era: era, before: first)
    }

    private mutating func enter(_ client: HistoryChecker.ClientNumber, era: Int) {
        let logNumber = log.logNumber(ofEra: era)
        guard let passage = members[client, default: MemberHistory(shown: shown)].enter(era: era, logNumber: logNumber)
        else {
            return
        }
        log.pass(from: passage.era, to: era, having: passage.having)
    }

    private mutating func see(_ message: ChatMessage, era: Int) -> ContinuousClock.Instant? {
        switch log.see(message, era: era, among: messages) {
        case .forgotten: return nil
        case .known(let sentAt): return sentAt
        case .altered:
            altered(message)
        case .disagreement(let other):
            tally.findings.add(
                .disagreement, "\(name): \(other.id) (\(other.key)) and \(message.id) (\(message.key)) at one position")
        case .first(let sentAt):
            let own = messages[SentMessage.Name(user: message.user, key: message.key)]
            watch.see(message, epoch: log.epoch(ofEra: era))
            if let own,
                !own.stands(as: message.act, at: message.ts) || (own.text != message.text && !message.isRewritten)
                    || (own.re != message.re && message.state != .deleted)
            {
                altered(message)
            }
            unsealed += 1
            if unsealed >= Self.sealEvery { seal() }
            return sentAt
        }
        return nil
    }

    private mutating func altered(_ message: ChatMessage) {
        tally.findings.add(.altered, "\(name): \(message.id) (\(message.key)) is not what was sent")
    }

    /// Whether all members present have the same epoch.
    private var isOneEpoch: Bool {
        Set(members.values.compactMap(\.presentEra).map { log.epoch(ofEra: $0) }).count == 1
    }

    /// Judges and forgets what every member has passed, but not while they disagree about the era: then it is unknown
    /// what will be in the log.
    private mutating func seal() {
        unsealed = 0
        for logNumber in log.logNumbers {
            let limit = members.values.reduce(UInt64.max) { min($0, $1.isDone(logNumber: logNumber)) }
            if logNumber + 1 < log.logNumbers.upperBound {
                judge(logNumber: logNumber, upTo: limit) { _ in }
            } else if limit != .max, limit > Self.newestKept, isOneEpoch {
                judge(logNumber: logNumber, upTo: limit - Self.newestKept) { _ in }
            }
        }
    }

    /// - `owed`: called with the numbers of acknowledged messages.
    private mutating func judge(logNumber: Int, upTo limit: UInt64, owed: (UInt64) -> Void) {
        var judged: [ObservedLog.Judged] = []
        log.seal(logNumber: logNumber, upTo: limit) { judged.append($0) }
        let lost = Dictionary(judged.lazy.map { ($0.entry.message.id, $0.abandoned) }, uniquingKeysWith: { $0 && $1 })
        for each in judged {
            if each.replacedUnreported {
                tally.findings.add(.hiddenGap, "\(name): \(each.entry.message.id) was replaced, not reported to all")
            }
            place(each, logNumber: logNumber, lost: lost)
            let message = messages[SentMessage.Name(user: each.entry.message.user, key: each.entry.message.key)]
            if !each.abandoned, message?.ackedAs != nil { owed(each.entry.message.id.seq) }
        }
    }

    /// - `lost`: whether Redis lost an entry, which may have been acknowledged instead of this one.
    private mutating func place(_ judged: ObservedLog.Judged, logNumber: Int, lost: [MessageID: Bool]) {
        let message = judged.entry.message
        if judged.abandoned { rules.forgetObservations() } else { judgeContent(judged.entry, logNumber: logNumber) }
        // Without a key, duplicates are not detected, so none of this is guaranteed.
        guard !judged.abandoned, !message.key.isEmpty, users.contains(message.user) else { return }
        let name = SentMessage.Name(user: message.user, key: message.key)
        if earlier.contains(name) { return }
        guard let own = messages[name] else {
            tally.findings.add(
                .doubled, "\(self.name): \(message.key) at \(message.id.seq) was already in the log, or never sent")
            return
        }
        if let first = own.place, first.logNumber == logNumber {
            tally.findings.add(
                .doubled, "\(self.name): \(message.key) is in the log at \(first.seq) and at \(message.id.seq)")
            return
        }
        if let last = lastJudged[own.client], own.number < last {
            tally.findings.add(
                .reordered, "client \(own.client) in \(self.name): its own \(message.key) was overtaken by another")
        }
        lastJudged[own.client] = max(own.number, lastJudged[own.client] ?? 0)
        if let acked = own.ackedAs, acked != message.id, own.place == nil,
            !(lost[acked] ?? (max(own.ackedInEra, 0) < log.lastEra))
        {
            tally.findings.add(
                .disagreement, "\(self.name): \(message.key) was acked as \(acked) and arrived as \(message.id)")
        }
        if own.place == nil, own.ackedAs != nil { settle(name) }
        messages[name]?.place = (logNumber, message.id.seq)
    }

    private mutating func judgeContent(_ entry: ObservedLog.Entry, logNumber: Int) {
        let message = entry.message
        if let wrong = acts.see(message, moderates: rules.moderates(message), logNumber: logNumber) {
            tally.findings.add(.violation, "\(name): \(wrong)")
        }
        if let fault = rules.see(message, sentAt: entry.sentAt, logNumber: logNumber) {
            tally.findings.add(
                fault, "\(name): \(message.id) by \(message.user), \(message.act?.wire ?? "a message")")
        }
    }

    mutating func settle(_ name: SentMessage.Name) {
        settled.append(name)
        guard settled.count >= 2 * Self.settledKept else { return }
        for old in settled.prefix(Self.settledKept) { messages[old] = nil }
        settled.removeFirst(Self.settledKept)
    }

    // MARK: The verdict

    func judge(_ verdict: inout HistoryVerdict) {
        var rest = self
        rest.judgeRest()
        verdict.add(rest.tally)
    }

    private mutating func judgeRest() {
        var owed: [[UInt64]] = []
        for logNumber in log.logNumbers {
            var seqs: [UInt64] = []
            judge(logNumber: logNumber, upTo: .max) { seqs.append($0) }
            owed.append(seqs)
        }
        tally.rulesCompared = rules.compared
        var faults: [(HistoryVerdict.Fault, String)] = []
        rules.judge { faults.append(($0, $1)) }
        for (fault, what) in faults { tally.findings.add(fault, "\(name): \(what)") }
        for (name, message) in messages {
            // A message at its limit of reactions may have had room again when a resent act was answered.
            let isRefused = message.refusedAs.map { $0 != .tooManyReactions || message.ackedAs == nil } ?? false
            if isRefused, !message.isRepeated, let place = message.place,
                place.logNumber + 1 == log.logNumbers.upperBound
            {
                tally.findings.add(.doneThoughRefused, "\(self.name): \(name.key), at \(place.seq)")
            }
            guard let id = message.ackedAs, message.place == nil else { continue }
            if max(message.ackedInEra, 0) < log.lastEra {
                tally.lostByRedis += 1
            } else {
                tally.findings.add(.nowhere, "\(self.name): \(name.key) was acked as \(id), but nobody received it")
            }
        }
        let cuts = log.unreportedCuts
        for _ in 0..<cuts { tally.findings.add(.hiddenGap, "\(name): the log lost its tail, not reported to all") }
        for (client, member) in members.sorted(by: { $0.key < $1.key }) {
            for hole in member.holes {
                tally.findings.add(.hiddenGap, "client \(client) in \(name): \(hole.range) skipped silently")
                for seq in owed[hole.logNumber] where hole.range.contains(seq) {
                    tally.findings.add(.lost, "client \(client) in \(name): \(seq), within what it received")
                }
            }
            guard member.present else { continue }
            for logNumber in log.logNumbers {
                for seq in owed[logNumber] where member.isBehind(logNumber: logNumber, seq: seq) {
                    tally.findings.add(.lost, "client \(client) in \(name): \(seq), after the last it received")
                }
            }
        }
    }
}
