import ChatModel
import DequeModule

/// One room's log in memory, by the rules of `docs/protocol.md`, section 5: `seq` has no gaps and `ms` never decreases.
/// A pure value; the owner supplies the time and the epoch. Not empty after the first `append`.
struct RoomHistory {
    private(set) var position: RoomPosition
    /// Milliseconds since 1970.
    private(set) var lastActivity: Int64 = 0
    private var messages = Deque<ChatMessage>()
    /// Act records by the seq of their messages.
    private var acts: [UInt64: ActRecord] = [:]
    /// Of the stored messages, as `publish.lua` counts them.
    private var bytes = 0
    private(set) var rules = RoomRules()
    private var bannedAddresses = BannedAddresses()
    private var files = MessageFiles()
    /// In slow mode: when each user spoke last.
    private var spoke: [UserID: Int64] = [:]

    init(epoch: Epoch) {
        position = RoomPosition(epoch: epoch, id: .zero)
    }

    var head: LogHead {
        LogHead(position: position, first: messages.first?.id, forks: [], rulesVersion: rules.version)
    }

    /// Why the draft is refused; `nil` if it is accepted.
    /// - `now`: milliseconds since 1970.
    func refusal(of draft: MessageDraft, in room: RoomName, at now: Int64) -> RelayError? {
        let isOperator = draft.authority == .operator
        if bannedAddresses.keepOut(draft.user, from: draft.address, by: rules, at: now) {
            if case .room(.role) = draft.act { return .noRight }
            return room.kind == .open ? .banned : .noRoom
        }
        if rules.version > 0 || room.isPrivate || draft.isRoomChange, !isOperator || draft.isRoomChange {
            let refusal = rules.refusal(of: draft, in: room, isNew: false, spoke: spoke[draft.user], at: now)
            if let refusal { return refusal }
        }
        if files.hold(any: draft.files) { return .fileTaken }
        guard let act = draft.act, !draft.isRoomChange else { return nil }
        guard let message = message(act.target), message.act == nil else { return .notFound }
        let record = acts[act.target.seq] ?? ActRecord()
        return record.refusal(
            of: act, by: draft.user, author: message.user,
            moderates: isOperator || rules.role(of: draft.user, at: now).isModerator)
    }

    /// Why somebody may not read; `nil`: they may.
    /// - `user`: `nil`: unknown, so it has no role.
    func refusal(of user: UserID?, from address: AddressDigest?, in kind: RoomKind, at now: Int64) -> RelayError? {
        if let refusal = rules.refusal(of: user, in: kind, at: now) { return refusal }
        return bannedAddresses.keepOut(user, from: address, by: rules, at: now) ? .banned : nil
    }

    mutating func ban(_ address: AddressDigest, becauseOf guest: UserID, at now: Int64) -> Bool {
        bannedAddresses.ban(address, becauseOf: guest, by: rules, at: now)
    }

    /// Approximate bytes: Swift adds some overhead per message.
    var memory: Int {
        let users = rules.grants.count + spoke.count + bannedAddresses.count
        return 1_024 + bytes + messages.count * Self.memoryPerMessage + users * Self.memoryPerUser
    }
    static let memoryPerMessage = 384
    private static let memoryPerUser = 256

    /// Drops the oldest messages until `memory` bytes are free.
    /// - Returns: `false` if the room holds less; then it drops nothing.
    mutating func free(_ memory: Int) -> Bool {
        guard bytes + messages.count * Self.memoryPerMessage >= memory else { return false }
        let wanted = self.memory - memory
        while self.memory > wanted { dropFirst() }
        return true
    }

    private mutating func dropFirst() {
        let oldest = messages.removeFirst()
        acts[oldest.id.seq] = nil
        files.drop(oldest)
        bytes -= oldest.logBytes
    }

    /// - Parameters:
    ///   - now: milliseconds since 1970
    ///   - limit: maximum number of messages; beyond `maximumBytes`, a sixteenth is dropped at once.
    mutating func append(
        _ draft: MessageDraft, now: Int64, keeping limit: Int, maximumBytes: Int = .max
    ) -> ChatMessage {
        let draft = draft.settled(at: now)
        follow(draft, now: now)
        let id = MessageID(ms: max(position.id.ms, UInt64(max(0, now))), seq: position.id.seq + 1)
        let message = ChatMessage(draft, id: id, ts: now)
        messages.append(message)
        // Making room may just have dropped the target.
        if let act = draft.act, !draft.isRoomChange, self.message(act.target) != nil {
            apply(act, by: draft.user, id: id)
        }
        files.keep(message)
        bytes += message.logBytes
        while messages.count > limit { dropFirst() }
        if bytes > maximumBytes {
            while messages.count > 1, bytes > maximumBytes - maximumBytes / 16 { dropFirst() }
        }
        position.id = id
        lastActivity = now
        return message
    }

    private mutating func apply(_ act: MessageAct, by user: UserID, id: MessageID) {
        let lastEdit = acts[act.target.seq]?.edited
        acts[act.target.seq, default: ActRecord()].apply(act, by: user, id: id)
        switch act {
        case .edit, .delete:
            // Nobody gets these texts any more.
            for id in [act.target, lastEdit] { if let id { eraseText(of: id, isDeleted: act == .delete(act.target)) } }
        case .react, .room, .other: break
        }
    }

    private mutating func eraseText(of id: MessageID, isDeleted: Bool) {
        let index = firstIndex { $0 >= id }
        guard index < messages.endIndex, messages[index].id == id else { return }
        let known = messages[index]
        if isDeleted { files.delete(known) }
        messages[index] = ChatMessage(
            id: id, user: known.user, name: known.name, text: "", key: known.key, ts: known.ts,
            plain: isDeleted ? nil : known.plain, act: known.act, re: isDeleted ? nil : known.re,
            files: isDeleted ? [] : known.files)
        bytes -= known.logBytes - messages[index].logBytes
    }

    private mutating func follow(_ draft: MessageDraft, now: Int64) {
        if case .room(let change) = draft.act {
            if case .role(let role, let user, _) = change,
                role != .banned || rules.role(of: user, at: now) != .banned
            {
                bannedAddresses.forget(user)
            }
            rules.makePlace(at: now)
            rules.use(draft.authority, by: draft.user)
            rules.apply(change, text: draft.text)
        } else if draft.act == nil, rules.slow > 0 {
            let pause = Int64(rules.slow) * 1_000
            spoke = spoke.filter { $0.value + pause > now }
            spoke[draft.user] = now
        }
    }

    /// Of all messages.
    var fileIDs: [FileID] { files.all }

    func standing(of file: FileID) -> FileStanding { files.standing(of: file) }

    func page(_ range: LogRange) -> LogPage {
        switch range {
        case .head, .rules:
            return LogPage(
                head: head, messages: [], more: false, reached: nil,
                rules: range == .rules && rules.version > 0 ? rules : nil)
        case .forward(let after, let through, let limit):
            let lower = firstIndex { $0 > after }
            let upper = through.map { through in firstIndex { $0 > through } } ?? messages.endIndex
            guard lower < upper else { return page(.head) }
            let page = page(of: messages[lower..<upper], limit: limit)
            return LogPage(head: head, messages: page, more: page.count < upper - lower, reached: page.last?.id)
        case .backward(let before, let limit):
            let upper = before.map { before in firstIndex { $0 >= before } } ?? messages.endIndex
            let page = page(of: messages[..<upper].reversed(), limit: limit)
            return LogPage(head: head, messages: page.reversed(), more: page.count < upper, reached: page.last?.id)
        }
    }

    /// As many messages as fit, with their acts applied.
    private func page(of messages: some Sequence<ChatMessage>, limit: Int) -> [ChatMessage] {
        var budget = PageBudget(limit: limit)
        var page: [ChatMessage] = []
        for message in messages {
            let message = shown(message)
            guard budget.admits(message) else { break }
            page.append(message)
        }
        return page
    }

    private func message(_ id: MessageID) -> ChatMessage? {
        let index = firstIndex { $0 >= id }
        return index < messages.endIndex && messages[index].id == id ? messages[index] : nil
    }

    /// The message with its acts applied.
    private func shown(_ message: ChatMessage) -> ChatMessage {
        let record = acts[message.act?.target.seq ?? message.id.seq]
        return message.shown(by: record, text: record?.edited.flatMap { self.message($0)?.text })
    }

    /// Binary search for the first id beyond a bound.
    private func firstIndex(where isBeyond: (MessageID) -> Bool) -> Int {
        var low = messages.startIndex
        var high = messages.endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if isBeyond(messages[middle].id) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension ChatMessage {
    /// Size in a room's log, as `publish.lua` counts it.
    var logBytes: Int {
        128 + user.description.utf8.count + name.utf8.count + key.utf8.count + text.utf8.count
            + (plain?.wire.utf8.count ?? 0) + (act?.wire.utf8.count ?? 0)
            + (re?.description.utf8.count ?? 0)
            + (files.isEmpty ? 0 : files.wire.utf8.count)
    }
}
