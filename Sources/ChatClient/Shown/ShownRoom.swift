import ChatModel
import DequeModule

/// The newest messages of a room as a member shows them. A pure value; part of `MemberHistory`.
///
/// Requests nothing beyond what the server sends: acts on messages it does not hold are dropped.
struct ShownRoom: Sendable {
    /// How many messages it keeps; 0: none.
    let limit: Int
    /// Sorted by id.
    private(set) var messages: Deque<ShownMessage> = []

    init(limit: Int) {
        self.limit = limit
    }

    /// Applies the next entry of the log.
    mutating func take(_ entry: ChatMessage) {
        guard limit > 0 else { return }
        if let act = entry.act {
            if let index = index(of: act.target) { messages[index].apply(entry) }
            return
        }
        // The log was replaced.
        if let last = messages.last, last.id.seq >= entry.id.seq { forget() }
        messages.append(ShownMessage(entry))
        if messages.count > limit { messages.removeFirst() }
    }

    /// After a gap, acts on earlier messages may have been missed.
    mutating func forget() {
        messages.removeAll()
    }

    subscript(id: MessageID) -> ShownMessage? {
        index(of: id).map { messages[$0] }
    }

    private func index(of id: MessageID) -> Int? {
        var range = messages.startIndex..<messages.endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            let seq = messages[middle].id.seq
            if seq == id.seq { return messages[middle].id == id ? middle : nil }
            range = seq < id.seq ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }
}
