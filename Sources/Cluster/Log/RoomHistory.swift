import ChatModel
import DequeModule

/// One room's log in memory, under the rules of `docs/protocol.md` section 5: `seq` without a hole, `ms` that never
/// goes back. A pure value; whoever owns it brings the time and the epoch. Not empty after the first `append`.
struct RoomHistory {
    private(set) var position: RoomPosition
    /// Milliseconds since 1970.
    private(set) var lastActivity: Int64 = 0
    private var messages = Deque<ChatMessage>()
    /// What acts have made of messages, by their numbers.
    private var acts: [UInt64: ActRecord] = [:]

    init(epoch: Epoch) {
        position = RoomPosition(epoch: epoch, id: .zero)
    }

    var head: LogHead {
        LogHead(position: position, first: messages.first?.id, forks: [])
    }

    /// Why a draft's act is not taken; `nil`: it is, or there is none.
    func refusal(of draft: MessageDraft) -> RelayError? {
        guard let act = draft.act else { return nil }
        guard let message = message(act.target), message.act == nil else { return .notFound }
        let record = acts[act.target.seq] ?? ActRecord()
        return record.refusal(of: act, by: draft.user, author: message.user)
    }

    /// - Parameter now: milliseconds since 1970
    mutating func append(_ draft: MessageDraft, now: Int64, keeping limit: Int) -> ChatMessage {
        let id = MessageID(ms: max(position.id.ms, UInt64(max(0, now))), seq: position.id.seq + 1)
        let message = ChatMessage(draft, id: id, ts: now)
        messages.append(message)
        if let act = draft.act { acts[act.target.seq, default: ActRecord()].apply(act, by: draft.user, id: id) }
        while messages.count > limit { acts[messages.removeFirst().id.seq] = nil }
        position.id = id
        lastActivity = now
        return message
    }

    func page(_ range: LogRange) -> LogPage {
        switch range {
        case .head:
            return LogPage(head: head, messages: [], more: false, reached: nil)
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

    /// As many of them as fit, as they are by now.
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

    /// A message as it is by now.
    private func shown(_ message: ChatMessage) -> ChatMessage {
        guard !acts.isEmpty, let record = acts[message.act?.target.seq ?? message.id.seq] else { return message }
        return message.shown(by: record, text: record.edited.flatMap { self.message($0)?.text })
    }

    /// Binary search for the first id that is beyond a bound.
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
