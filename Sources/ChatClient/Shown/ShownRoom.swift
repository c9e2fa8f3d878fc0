import ChatModel
import DequeModule

/// The newest messages that a member of a room was given, as it shows them. A pure value; part of `MemberHistory`.
///
/// It asks for nothing beyond what the server sends by itself: an act on a message that it does not hold is forgotten.
struct ShownRoom: Sendable {
    /// How many messages it keeps; 0: nobody looks at them.
    let limit: Int
    /// In the order of their ids.
    private(set) var messages: Deque<ShownMessage> = []

    init(limit: Int) {
        self.limit = limit
    }

    /// Takes in the next entry of the log.
    mutating func take(_ entry: ChatMessage) {
        guard limit > 0 else { return }
        if let act = entry.act {
            if let index = index(of: act.target) { messages[index].apply(entry) }
            return
        }
        // The log has begun anew.
        if let last = messages.last, last.id.seq >= entry.id.seq { forget() }
        messages.append(ShownMessage(entry))
        if messages.count > limit { messages.removeFirst() }
    }

    /// After a gap nothing is known of what was done meanwhile to the messages before it.
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
