import ChatModel

/// What all clients of a room together know of it as they receive it, before it is judged: its newest entry, who was
/// removed where, and what was deleted. A pure value; part of `RoomHistory`.
struct RoomWatch: Sendable {
    private struct Step: Sendable {
        let seq: UInt64
        let role: RoomRole
        /// Milliseconds since 1970; `nil`: never.
        let until: Int64?
    }

    private struct Removal: Hashable, Sendable {
        let client: HistoryChecker.ClientNumber
        let seq: UInt64
    }

    private struct Deletion: Sendable {
        let seq: UInt64
        let epoch: Epoch
    }

    private static let deletionsKept = 4_096

    private let kind: RoomKind
    private var random: UInt64?
    private(set) var newest = RulesJudge.Place.start
    /// The newest entry when each client was in the room again.
    private(set) var entered: [HistoryChecker.ClientNumber: RulesJudge.Place] = [:]
    /// The head that each client's last join reached, and how often it joined.
    private(set) var heads: [HistoryChecker.ClientNumber: RoomPosition] = [:]
    private(set) var joins: [HistoryChecker.ClientNumber: Int] = [:]
    /// Each user's roles, by number.
    private var steps: [UserID: [Step]] = [:]
    /// Those that were noted when somebody read after them.
    private var noted: Set<Removal> = []
    private var deletions: [MessageID: Deletion] = [:]
    private var deletedInOrder: [MessageID] = []

    init(of kind: RoomKind) {
        self.kind = kind
    }

    mutating func join(_ client: HistoryChecker.ClientNumber, head: RoomPosition) {
        heads[client] = head
        joins[client, default: 0] += 1
    }

    mutating func enter(_ client: HistoryChecker.ClientNumber) { entered[client] = newest }

    /// An entry that no client had before.
    mutating func see(_ entry: ChatMessage, epoch: Epoch) {
        if random != epoch.random {
            let (heads, joins) = (self.heads, self.joins)
            self = RoomWatch(of: kind)
            self.heads = heads
            self.joins = joins
            random = epoch.random
        }
        if entry.id.seq > newest.seq { newest = .init(seq: entry.id.seq, ts: entry.ts) }
        switch entry.act {
        case .room(.role(let role, let user, let end)):
            let until: Int64? = if case .at(let ms) = end { ms } else { nil }
            let place =
                steps[user, default: []].firstIndex { $0.seq > entry.id.seq } ?? steps[user, default: []].endIndex
            steps[user, default: []].insert(Step(seq: entry.id.seq, role: role, until: until), at: place)
        case .delete(let target):
            deletions[target] = Deletion(seq: entry.id.seq, epoch: epoch)
            deletedInOrder.append(target)
            guard deletedInOrder.count >= 2 * Self.deletionsKept else { return }
            for target in deletedInOrder.prefix(Self.deletionsKept) { deletions[target] = nil }
            deletedInOrder.removeFirst(Self.deletionsKept)
        default: break
        }
    }

    /// The log may have lost what is above its head.
    mutating func restart(above head: UInt64) {
        deletions = deletions.filter { $0.value.seq <= head }
        for user in steps.keys { steps[user]?.removeAll { $0.seq > head } }
        if newest.seq > head { newest = .start }
        entered = [:]
    }

    /// Whether the reader of an entry was removed before it, and has not read after that removal yet. If it has returned
    /// since, it may read this.
    mutating func readsAfterRemoval(
        _ entry: ChatMessage, _ client: HistoryChecker.ClientNumber, _ user: UserID
    ) -> Bool {
        let last = steps[user]?.last { $0.seq < entry.id.seq }
        let isOut =
            switch last?.role {
            case .banned: kind != .open || last?.until.map { $0 > entry.ts } ?? true
            case .some(.none), nil: kind != .open
            case .member, .moderator, .owner: false
            }
        return isOut && noted.insert(Removal(client: client, seq: last?.seq ?? 0)).inserted
    }

    /// Whether this should have been deleted in a page of the log that was read at that head, or later.
    func isUndeleted(_ message: ChatMessage, at head: RoomPosition) -> Bool {
        let target: MessageID
        switch message.act {
        case nil: target = message.id
        case .edit(let message): target = message
        default: return false
        }
        guard let deletion = deletions[target], deletion.epoch == head.epoch, deletion.seq <= head.id.seq else {
            return false
        }
        return !message.text.isEmpty || message.act == nil && message.state != .deleted
    }

    /// What was deleted in the log with that head, the newest last.
    func deleted(at head: RoomPosition) -> [MessageID] {
        deletedInOrder.filter { target in
            deletions[target].map { $0.epoch == head.epoch && $0.seq <= head.id.seq } ?? false
        }
    }
}
