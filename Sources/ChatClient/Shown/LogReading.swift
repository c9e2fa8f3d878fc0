package import ChatModel

/// The newest part of a room's log as it is by now, put together from `history` pages, from the newest message back.
/// Pure: `LogReader` asks for `part` until it is done.
package struct LogReading: Sendable {
    package let room: RoomName
    /// The oldest number that is wanted.
    private let first: UInt64
    /// The log when the first page was read: all pages are of one moment, or it begins again.
    package private(set) var head: RoomPosition?
    package private(set) var isDone = false
    private var oldest: MessageID?
    private var messages: [MessageID: ShownMessage] = [:]

    package init(_ room: RoomName, from first: UInt64) {
        self.room = room
        self.first = first
    }

    /// What to ask for next.
    package var part: ClientFrame.HistoryPart { .before(oldest) }

    package mutating func take(_ page: ServerFrame.History) {
        guard !isDone, page.room == room else { return }
        if let head, head != page.position { self = LogReading(room, from: first) }
        guard let newest = page.messages.last?.id, let start = page.messages.first?.id else {
            (head, isDone) = (page.position, !page.more)
            return
        }
        // An answer to an earlier question begins elsewhere.
        guard oldest.map({ newest < $0 }) ?? (newest == page.position.id) else { return }
        head = page.position
        oldest = start
        for message in page.messages where message.act == nil { messages[message.id] = ShownMessage(message) }
        isDone = !page.more || start.seq <= first
    }

    /// Whether the log still holds that place, or should.
    func covers(_ id: MessageID) -> Bool {
        guard isDone, let oldest else { return false }
        return id.seq >= oldest.seq
    }

    subscript(id: MessageID) -> ShownMessage? { messages[id] }
}
