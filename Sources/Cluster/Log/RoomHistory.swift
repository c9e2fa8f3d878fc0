import ChatModel
import DequeModule

/// One room's log in memory, under the rules of `docs/protocol.md` section 5: `seq` without a hole, `ms` that never
/// goes back. A pure value; whoever owns it brings the time and the epoch. Not empty after the first `append`.
struct RoomHistory {
    private(set) var position: RoomPosition
    /// Milliseconds since 1970.
    private(set) var lastActivity: Int64 = 0
    private var messages = Deque<ChatMessage>()

    init(epoch: Epoch) {
        position = RoomPosition(epoch: epoch, id: .zero)
    }

    var head: LogHead {
        LogHead(position: position, first: messages.first?.id, forks: [])
    }

    /// - Parameter now: milliseconds since 1970
    mutating func append(_ draft: MessageDraft, now: Int64, keeping limit: Int) -> ChatMessage {
        let id = MessageID(ms: max(position.id.ms, UInt64(max(0, now))), seq: position.id.seq + 1)
        let message = ChatMessage(draft, id: id, ts: now)
        messages.append(message)
        if messages.count > limit { messages.removeFirst(messages.count - limit) }
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
            var budget = PageBudget(limit: limit)
            let taken = messages[lower..<upper].prefix { budget.admits($0) }
            return LogPage(
                head: head, messages: Array(taken), more: taken.endIndex < upper, reached: taken.last?.id)
        case .backward(let before, let limit):
            let upper = before.map { before in firstIndex { $0 >= before } } ?? messages.endIndex
            var budget = PageBudget(limit: limit)
            let taken = messages[..<upper].reversed().prefix { budget.admits($0) }
            return LogPage(
                head: head, messages: taken.reversed(), more: taken.count < upper, reached: taken.last?.id)
        }
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
