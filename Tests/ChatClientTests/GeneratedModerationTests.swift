import ChatModel
import ChatProtocol
import TestSupport
import Testing

@testable import ChatClient

/// Generated histories of rooms whose members ban and silence one another and delete what others said. The server is
/// `RoomRules`, which the judge does not use: it must accept what an honest one does, and find each kind of lie.
struct GeneratedModerationTests {
    enum Lie: CaseIterable {
        case letsBannedWrite, letsSilencedWrite, ignoresSlowMode, letsAnybodyRule, letsBannedIn, keepsBannedIn
        case showsHistoryToBanned, refusesWhatIsAllowed, removesAnybody, showsDeleted, doesWhatItRefuses

        var fault: HistoryVerdict.Fault {
            switch self {
            case .letsBannedWrite: .banned
            case .letsSilencedWrite: .silenced
            case .ignoresSlowMode: .slowed
            case .letsAnybodyRule: .noRight
            case .letsBannedIn, .keepsBannedIn, .showsHistoryToBanned: .leaked
            case .refusesWhatIsAllowed, .removesAnybody: .wronglyRefused
            case .showsDeleted: .undeleted
            case .doesWhatItRefuses: .doneThoughRefused
            }
        }
    }

    @Test(arguments: 0..<300)
    func anHonestRoomIsFaultless(seed: UInt64) {
        var world = World(seed: seed, lie: nil)
        var steps = 0
        while steps < 600 || world.returns < 5, steps < 20_000 {
            world.step()
            steps += 1
        }
        world.settle()
        let verdict = world.checker.verdict()
        #expect(verdict.isClean, "\(verdict)")
        #expect(verdict.rulesCompared > 50 && world.expulsions > 0 && world.returns >= 5)
    }

    @Test(arguments: Lie.allCases, 0..<15)
    func everyLieIsFound(lie: Lie, seed: UInt64) {
        var world = World(seed: seed, lie: lie)
        // Not each of them is certain: who was banned for a second may be back.
        var rounds = 0
        while world.checker.verdict()[lie.fault] == 0, rounds < 50 {
            for _ in 0..<400 { world.step() }
            rounds += 1
        }
        #expect(world.checker.verdict()[lie.fault] > 0, "\(world.lies) lies: \(world.checker.verdict())")
    }

    private struct Member {
        let user: UserID
        /// How many entries it has.
        var has = 0
        var isIn = true
        /// The rules as of there.
        var view = RoomRules()
    }

    private struct World {
        var checker = HistoryChecker(isModerated: true)
        var lies = 0
        var expulsions = 0
        var returns = 0
        private let lie: Lie?
        private let room: RoomName
        private var random: SeededGenerator
        private var rules = RoomRules()
        private var log: [ChatMessage] = []
        private var deleted: Set<MessageID> = []
        private var spoke: [UserID: Int64] = [:]
        private var now: Int64 = 1_000_000
        private var clock = ContinuousClock.now
        private var members = (0..<World.count).map { Member(user: UserID("u\($0)")) }
        private var drafts = 0

        private static let count = 5
        private static let epoch = Epoch(random: 42, tag: 1)

        init(seed: UInt64, lie: Lie?) {
            random = SeededGenerator(seed: seed)
            self.lie = lie
            let isPrivate = Bool.random(using: &random)
            room = RoomName(isPrivate ? "_private-" + String(repeating: "a", count: 26) : "den") ?? .lobby
            enter(0, as: .owner)
            if isPrivate { for member in 1..<World.count { enter(member, as: .member) } }
            for member in members.indices { join(member, fresh: true) }
        }

        /// Before the run.
        private mutating func enter(_ member: Int, as role: RoomRole) {
            let user = members[member].user
            checker.madeBefore(user: user, room: room, key: "made")
            append(
                MessageDraft(
                    user: user, name: "n", text: "n", key: "made", act: .room(.role(role, of: user, .never)),
                    authority: .maker))
        }

        private mutating func tick() -> ContinuousClock.Instant {
            clock += .milliseconds(1)
            return clock
        }

        private static func chance(_ percent: Int, _ generator: inout SeededGenerator) -> Bool {
            Int.random(in: 0..<100, using: &generator) < percent
        }

        private var head: RoomPosition { RoomPosition(epoch: Self.epoch, id: log.last?.id ?? .zero) }

        mutating func step() {
            now += Int64.random(in: 0...200, using: &random)
            let member = Int.random(in: members.indices, using: &random)
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<9: write(member)
            case 9: readHistory(member)
            default: read(member, atMost: Int.random(in: 1...4, using: &random))
            }
        }

        /// The owner lets everybody in, and everybody reads to the end.
        mutating func settle() {
            now += 100_000
            for member in 1..<World.count {
                let role: RoomRole = room.isPrivate ? .member : .none
                let isOut = rules.refusal(of: members[member].user, in: room.kind, at: now) != nil
                if isOut { send(0, "n", .room(.role(role, of: members[member].user, .never)), honestly: true) }
            }
            for member in members.indices {
                while members[member].has < log.count || !members[member].isIn {
                    read(member, atMost: .max, honestly: true)
                }
            }
        }

        // MARK: Writing

        private mutating func write(_ member: Int) {
            let other = members[Int.random(in: members.indices, using: &random)].user
            // The owner stays: nobody else could end what began.
            let isOwner = other == members[0].user
            let target = log.suffix(20).filter { $0.act == nil }.randomElement(using: &random)
            switch Int.random(in: 0..<20, using: &random) {
            case 0:
                let role = RoomRole.allCases.randomElement(using: &random) ?? .none
                guard role != .owner, !isOwner || member != 0 else { return }
                send(member, "n", .room(.role(role, of: other, .never)))
            case 1..<3 where !isOwner || member != 0:
                send(member, "n", .room(.role(.banned, of: other, .after(seconds: 1))))
            case 3 where !isOwner || member != 0:
                send(member, "n", .room(.role(room.isPrivate ? .member : .none, of: other, .never)))
            case 4 where !isOwner: send(0, "n", .room(.role(room.isPrivate ? .member : .none, of: other, .never)))
            case 5:
                let speak = ["members", "moderators", "everyone", "everyone"].randomElement(using: &random) ?? ""
                send(Self.chance(50, &random) ? 0 : member, speak, .room(.policy(.speak)))
            case 6: send(0, Self.chance(50, &random) ? "1" : "0", .room(.policy(.slow)))
            case 7..<10: if let target { send(member, "", .delete(target.id)) }
            case 10: if let target { send(member, "changed", .edit(target.id)) }
            case 11: if let target { send(member, "", .react(target.id, emoji: "👍", on: true)) }
            default: send(member, "text \(drafts)", nil)
            }
        }

        private mutating func send(_ member: Int, _ text: String, _ act: MessageAct?, honestly: Bool = false) {
            drafts += 1
            let (user, key) = (members[member].user, "k\(drafts)")
            checker.sent(client: member, user: user, room: room, key: key, text: text, act: act, at: tick())
            let draft = MessageDraft(user: user, name: "n", text: text, key: key, act: act)
            var refusal =
                rules.refusal(of: draft, in: room, isNew: false, spoke: spoke[user], at: now) ?? actRefusal(of: draft)
            if !honestly { distort(&refusal, of: draft) }
            guard let refusal else { return accept(draft) }
            // A message that is refused by slow mode is sent again, or not.
            if refusal.code != .slowed {
                checker.refused(user: user, room: room, key: key, code: refusal.code.errorCode, at: tick())
            }
            if lie == .doesWhatItRefuses, !honestly, draft.act == nil {
                lies += 1
                append(draft)
            }
        }

        private mutating func accept(_ draft: MessageDraft) {
            let entry = append(draft)
            checker.acked(user: draft.user, room: room, key: draft.key, id: entry.id)
        }

        private func actRefusal(of draft: MessageDraft) -> RelayError? {
            guard let act = draft.act, let target = log.first(where: { $0.id == act.target }) else { return nil }
            if deleted.contains(target.id) { return RelayError(.notFound, "") }
            switch act {
            case .edit: return target.user == draft.user ? nil : RelayError(.forbidden, "")
            case .delete:
                let moderates = rules.role(of: draft.user, at: now).isModerator
                return target.user == draft.user || moderates ? nil : RelayError(.forbidden, "")
            default: return nil
            }
        }

        private mutating func distort(_ refusal: inout RelayError?, of draft: MessageDraft) {
            let isOut = rules.refusal(of: draft.user, in: room.kind, at: now) != nil
            let isChange = if case .room = draft.act { true } else { false }
            let concernsOwner =
                if case .room(.role(_, let whom, _)) = draft.act { whom == members[0].user } else { false }
            let wanted =
                switch lie {
                case .letsBannedWrite: isOut && !isChange && draft.act == nil
                case .letsSilencedWrite: !isOut && draft.act == nil && refusal == .silenced
                case .ignoresSlowMode: refusal?.code == .slowed
                case .letsAnybodyRule: !isOut && isChange && refusal == .noRight && !concernsOwner
                default: false
                }
            if wanted {
                lies += 1
                refusal = nil
            } else if lie == .refusesWhatIsAllowed, draft.act == nil, refusal == nil, Self.chance(20, &random) {
                lies += 1
                refusal = .silenced
            }
        }

        @discardableResult
        private mutating func append(_ draft: MessageDraft) -> ChatMessage {
            let settled = draft.settled(at: now)
            let id = MessageID(ms: UInt64(now), seq: UInt64(log.count + 1))
            let entry = ChatMessage(settled, id: id, ts: now)
            if entry.act == nil, rules.slow > 0, !rules.role(of: entry.user, at: now).isModerator {
                spoke[entry.user] = now
            }
            if case .room(let change) = entry.act { rules.apply(change, text: entry.text) }
            if case .delete(let target) = entry.act { deleted.insert(target) }
            log.append(entry)
            return entry
        }

        // MARK: Reading

        private mutating func observe(_ event: ClientEvent, _ member: Int) {
            checker.observe(event, client: member, user: members[member].user, at: tick())
        }

        private mutating func read(_ member: Int, atMost most: Int, honestly: Bool = false) {
            guard members[member].isIn else { return join(member, honestly: honestly) }
            if lie == .removesAnybody, !honestly, member != 0, Self.chance(5, &random) {
                lies += 1
                return expel(member)
            }
            for _ in 0..<min(most, log.count - members[member].has) {
                let entry = log[members[member].has]
                if case .room(let change) = entry.act { members[member].view.apply(change, text: entry.text) }
                let isOut = members[member].view.refusal(of: members[member].user, in: room.kind, at: entry.ts) != nil
                if isOut {
                    guard lie == .keepsBannedIn, !honestly else { return expel(member) }
                    lies += 1
                }
                members[member].has += 1
                observe(.message(room, Self.epoch, entry, .live), member)
            }
        }

        private mutating func expel(_ member: Int) {
            expulsions += 1
            members[member].isIn = false
            observe(.expelled(room, reason: "banned"), member)
        }

        /// Asks to be let in.
        private mutating func join(_ member: Int, fresh: Bool = false, honestly: Bool = false) {
            let isOut = rules.refusal(of: members[member].user, in: room.kind, at: now) != nil
            if isOut {
                guard lie == .letsBannedIn, !honestly, log.count > members[member].has + 1 else {
                    return observe(.expelled(room, reason: "forbidden"), member)
                }
                lies += 1
            }
            if !fresh { returns += 1 }
            let entries = log[members[member].has...].map { page($0) }
            let joined = ServerFrame.Joined(
                room: room, position: head, recovered: true, missing: nil, messages: entries, more: false,
                members: MemberList([]), memberCount: 0)
            observe(.joined(joined, fresh: fresh), member)
            for entry in entries { observe(.message(room, Self.epoch, entry, .page), member) }
            observe(.caughtUp(room), member)
            members[member].has = log.count
            members[member].view = rules
            members[member].isIn = true
        }

        private mutating func readHistory(_ member: Int) {
            if rules.refusal(of: members[member].user, in: room.kind, at: now) != nil {
                guard lie == .showsHistoryToBanned else { return }
                lies += 1
            }
            let answer = ServerFrame.History(
                room: room, position: head, messages: log.suffix(20).map { page($0) }, more: true)
            observe(.frame(.history(answer)), member)
        }

        /// As a page has it.
        private mutating func page(_ entry: ChatMessage) -> ChatMessage {
            switch entry.act {
            case nil where deleted.contains(entry.id), .edit where deleted.contains(entry.act?.target ?? .zero):
                if lie == .showsDeleted {
                    lies += 1
                    return entry
                }
                return entry.showing("", entry.act == nil ? .deleted : nil)
            default: return entry
            }
        }
    }
}
