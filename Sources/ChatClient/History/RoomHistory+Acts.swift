import ChatModel
import DequeModule

/// The outcome of acts: rejections, and the messages as members show them.
extension RoomHistory {
    /// After which a client sends again what was not answered.
    private static let resendAfter = ClientConfiguration().resendAfter

    /// The server asked to send something later, and may have taken it nevertheless.
    mutating func postponed(user: UserID, key: String) {
        if isModerated { messages[SentMessage.Name(user: user, key: key)]?.isRepeated = true }
    }

    /// - Returns: whether it may be refused: an act or, in a moderated room, a message. If it was resent, it may be
    ///   answered twice.
    mutating func refused(user: UserID, key: String, code: ErrorCode, at now: ContinuousClock.Instant) -> Bool {
        let name = SentMessage.Name(user: user, key: key)
        let isByRules = code == .forbidden || code == .notFound
        guard let message = messages[name], message.act != nil || isModerated && isByRules else { return false }
        guard message.refusedAs == nil else { return true }
        messages[name]?.refusedAs = code
        if isModerated, now - message.sentAt >= Self.resendAfter || watch.joins[message.client] != message.joins {
            messages[name]?.isRepeated = true
        }
        guard message.ackedAs == nil else { return true }
        if let act = message.act {
            tally.actsRefused += 1
            refusals.add(.init(key: key, act: act, user: user, code: code, era: message.era))
        } else {
            tally.messagesRefused += 1
        }
        if isByRules {
            let from = RulesJudge.Place.later(message.after, watch.entered[message.client] ?? .start)
            rules.note(.isRefused(name, message.act, code), by: user, from: from, at: now)
        }
        settle(name)
        return true
    }

    func shown(client: HistoryChecker.ClientNumber) -> ShownRoom? { members[client]?.shown }

    /// The oldest number shown by any member.
    var firstShown: UInt64? {
        members.values.lazy.filter(\.present).compactMap { $0.shown.messages.first?.id.seq }.min()
    }

    /// The log was read with nothing in flight. Members that have yet to learn of a replaced or truncated log are
    /// skipped.
    mutating func compare(with reading: LogReading) {
        guard let head = reading.head, head.epoch != .none else { return }
        let era = log.era(of: head.epoch, after: nil)
        for (client, member) in members.sorted(by: { $0.key < $1.key }) where member.present && member.era == era {
            for message in member.shown.messages where reading.covers(message.id) {
                tally.statesCompared += 1
                guard reading[message.id] != message else { continue }
                let other = reading[message.id].map { "\($0)" } ?? "nothing"
                tally.findings.add(.diverged, "client \(client) in \(name) shows \(message), but the log has \(other)")
            }
        }
        for target in watch.deleted(at: head) where reading.covers(target) {
            guard let text = reading[target]?.text, !text.isEmpty else { continue }
            tally.findings.add(.undeleted, "\(name): \(target) in the log, “\(text.prefix(40))”")
        }
        for refusal in refusals.all where refusal.era == era {
            guard let wrong = refusal.contradiction(to: reading),
                !rules.contradict(.init(user: refusal.user, key: refusal.key), "\(name): \(wrong)")
            else { continue }
            tally.findings.add(.violation, "\(name): \(wrong)")
        }
    }
}
