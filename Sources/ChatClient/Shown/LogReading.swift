package import ChatModel
package import ChatProtocol

/// The newest part of a room's log in its current state, assembled from `history` pages, newest first. Pure:
/// `LogReader` requests `part` until it is done.
package struct LogReading: Sendable {
    package let room: RoomName
    /// The oldest number needed.
    private let first: UInt64
    /// The log's head when the first page was read. If it changes between pages, reading starts over.
    package private(set) var head: RoomPosition?
    package private(set) var isDone = false
    private var oldest: MessageID?
    private var messages: [MessageID: ShownMessage] = [:]

    package init(_ room: RoomName, from first: UInt64) {
        self.room = room
        self.first = first
    }

    /// What to request next.
    package var part: ClientFrame.HistoryPart { .before(oldest) }

    package mutating func take(_ page: ServerFrame.History) {
        guard !isDone, page.room == room else { return }
        if let head, head != page.position { self = LogReading(room, from: first) }
        guard let newest = page.messages.last?.id, let start = page.messages.first?.id else {
            (head, isDone) = (page.position, !page.more)
            return
        }
        // The answer to an earlier request starts elsewhere.
        guard oldest.map({ newest < $0 }) ?? (newest == page.position.id) else { return }
        head = page.position
        oldest = start
        for message in page.messages where message.act == nil { messages[message.id] = ShownMessage(message) }
        isDone = !page.more || start.seq <= first
    }

    /// Whether the log still contains that position, or should.
    func covers(_ id: MessageID) -> Bool {
        guard isDone, let oldest else { return false }
        return id.seq >= oldest.seq
    }

    subscript(id: MessageID) -> ShownMessage? { messages[id] }
}
