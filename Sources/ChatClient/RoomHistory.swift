import ChatModel

/// One room's part of `HistoryChecker`: what was said in it, where the log put it, and how far each member has read.
///
/// The log is put together from what the members received: the first one to get a number says what stands there, all
/// others must agree. Each member has a cursor that may only move on by one; a jump leaves a hole, which is either told,
/// filled later (then the order was wrong), or still there at the end.
struct RoomHistory: Sendable {
    /// A message by its sender and key: the same pair is the same message.
    private struct Name: Hashable {
        let user: UserID
        let key: String
    }

    private struct Record: Sendable {
        let name: Name
        var textHash: Int
        var ackedAs: MessageID?
        var place: Place?
    }

    /// A number in one life of the log; the lives are counted in the order in which they were seen.
    private struct Place: Hashable, Comparable {
        let life: Int
        let seq: UInt64

        static func < (left: Place, right: Place) -> Bool {
            left.life != right.life ? left.life < right.life : left.seq < right.seq
        }
    }

    private struct Entry: Sendable {
        let id: MessageID
        let record: Int
    }

    private struct Life: Sendable {
        let random: UInt64
        var entries: [UInt64: Entry] = [:]
    }

    let name: RoomName
    private var records: [Record] = []
    private var recordByName: [Name: Int] = [:]
    /// What each client sent, in its order.
    private var sentBy: [HistoryChecker.ClientNumber: [Int]] = [:]
    private var lives: [Life] = []
    private var members: [HistoryChecker.ClientNumber: MemberHistory] = [:]
    private var findings = HistoryVerdict.Findings()
    private var received = 0
    private var toldGaps = 0

    init(name: RoomName) {
        self.name = name
    }

    mutating func sent(client: HistoryChecker.ClientNumber, user: UserID, key: String, text: String) {
        let index = record(Name(user: user, key: key), text: text)
        sentBy[client, default: []].append(index)
    }

    mutating func acked(user: UserID, key: String, id: MessageID) {
        guard let index = recordByName[Name(user: user, key: key)] else {
            findings.add(.disagreement, "\(name): \(id) acked to \(user), who never sent \(key)")
            return
        }
        if let before = records[index].ackedAs, before != id {
            findings.add(.disagreement, "\(name): \(key) acked as \(before) and as \(id)")
        }
        records[index].ackedAs = id
    }

    mutating func joined(
        client: HistoryChecker.ClientNumber, head: RoomPosition, first: MessageID?, more: Bool, fresh: Bool
    ) {
        var member = members[client] ?? MemberHistory()
        member.present = true
        if fresh {
            let life = head.epoch == .none ? nil : life(of: head.epoch)
            switch (first, more) {
            case (let first?, _): member.start(life: life, before: first.seq)
            case (nil, true): member.start(life: life, before: nil)
            case (nil, false): member.start(life: life, before: head.id.seq &+ 1)
            }
        }
        members[client] = member
    }

    mutating func received(client: HistoryChecker.ClientNumber, epoch: Epoch, message: ChatMessage) {
        received += 1
        let place = Place(life: life(of: epoch), seq: message.id.seq)
        enter(message, at: place)

        var member = members[client] ?? MemberHistory()
        switch member.advance(life: place.life, seq: place.seq) {
        case .next: break
        case .late: findings.add(.reordered, "client \(client) in \(name): \(message.id) came after a newer one")
        case .again: findings.add(.doubled, "client \(client) in \(name): \(message.id) came again")
        case .otherLife:
            findings.add(.hiddenGap, "client \(client) in \(name): epoch \(epoch) began at \(message.id), untold")
        }
        members[client] = member
    }

    mutating func gap(client: HistoryChecker.ClientNumber, missing: ServerFrame.Missing?, restarts: Bool) {
        toldGaps += 1
        var told: ClosedRange<UInt64>?
        if let missing, missing.from.seq <= missing.to.seq { told = missing.from.seq...missing.to.seq }
        members[client, default: MemberHistory()].gap(told, restarts: restarts)
    }

    mutating func left(client: HistoryChecker.ClientNumber) {
        members[client]?.present = false
    }

    // MARK: The log

    private mutating func record(_ name: Name, text: String) -> Int {
        if let known = recordByName[name] { return known }
        records.append(Record(name: name, textHash: text.hashValue))
        recordByName[name] = records.count - 1
        return records.count - 1
    }

    private mutating func life(of epoch: Epoch) -> Int {
        if let known = lives.lastIndex(where: { $0.random == epoch.random }) { return known }
        lives.append(Life(random: epoch.random))
        return lives.count - 1
    }

    private mutating func enter(_ message: ChatMessage, at place: Place) {
        // A sender who gave no key has no promise that a repetition is found out: every id is its own message.
        let key = message.key.isEmpty ? "id \(place.life) \(message.id)" : message.key
        let index = record(Name(user: message.user, key: key), text: message.text)
        if records[index].textHash != message.text.hashValue {
            findings.add(.altered, "\(name): \(message.id) (\(key)) has another text")
        }
        if let entry = lives[place.life].entries[place.seq] {
            if entry.id != message.id || entry.record != index {
                findings.add(
                    .disagreement,
                    "\(name): \(entry.id) (\(records[entry.record].name.key)) and \(message.id) (\(key)) in one place")
            }
            return
        }
        lives[place.life].entries[place.seq] = Entry(id: message.id, record: index)
        if let first = records[index].place {
            findings.add(.doubled, "\(name): \(key) is in the log at \(first.seq) and at \(place.seq)")
        } else {
            records[index].place = place
        }
    }

    // MARK: The verdict

    func judge(_ verdict: inout HistoryVerdict) {
        verdict.sent += sentBy.values.reduce(0) { $0 + $1.count }
        verdict.received += received
        verdict.toldGaps += toldGaps
        verdict.findings.merge(findings)

        var acked: [Int: [UInt64]] = [:]
        for record in records {
            guard let id = record.ackedAs else { continue }
            verdict.acked += 1
            guard let place = record.place else {
                verdict.findings.add(.nowhere, "\(name): \(record.name.key) was acked as \(id), and nobody got it")
                continue
            }
            acked[place.life, default: []].append(place.seq)
            if let entry = lives[place.life].entries[place.seq], entry.id != id {
                verdict.findings.add(
                    .disagreement, "\(name): \(record.name.key) was acked as \(id) and arrived as \(entry.id)")
            }
        }
        for life in acked.keys { acked[life]?.sort() }

        for (client, member) in members.sorted(by: { $0.key < $1.key }) {
            for hole in member.holes {
                verdict.findings.add(
                    .hiddenGap, "client \(client) in \(name): \(hole.range) jumped over, untold")
                for seq in (acked[hole.life] ?? []) where hole.range.contains(seq) {
                    verdict.findings.add(.lost, "client \(client) in \(name): \(seq), within what it got")
                }
            }
            guard member.present else { continue }
            for life in lives.indices {
                for seq in (acked[life] ?? []) where member.isBehind(life: life, seq: seq) {
                    verdict.findings.add(.lost, "client \(client) in \(name): \(seq), after the last it got")
                }
            }
        }
        judgeOwnOrder(&verdict)
    }

    private func judgeOwnOrder(_ verdict: inout HistoryVerdict) {
        for (client, sent) in sentBy.sorted(by: { $0.key < $1.key }) {
            var last: Place?
            for record in sent {
                guard let place = records[record].place else { continue }
                if let last, place < last {
                    verdict.findings.add(
                        .reordered, "client \(client) in \(name): its own \(records[record].name.key) overtook another")
                }
                last = place
            }
        }
    }
}
