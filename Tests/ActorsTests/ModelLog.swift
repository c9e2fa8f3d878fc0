import ChatModel

/// A room's log as plain arrays: what the state machines read from in tests.
struct ModelLog {
    private(set) var epoch = Epoch.none
    private(set) var messages: [ChatMessage] = []
    private(set) var head = MessageID.zero
    private(set) var forks: [LogHead.Fork] = []
    /// Whether a reader may learn where it parts from an earlier server's log.
    var knowsForks = true
    private var lives: UInt64 = 0
    private var ms: UInt64 = 1_000

    init(of count: Int = 0) {
        for _ in 0..<count { append() }
    }

    @discardableResult
    mutating func append() -> ChatMessage {
        if epoch == .none {
            lives += 1
            epoch = Epoch(random: lives, tag: 0xA)
        }
        ms += 1
        head = MessageID(ms: ms, seq: head.seq + 1)
        let message = ChatMessage(
            id: head, user: UserID("u"), name: "ann", text: "\(epoch.random)/\(head.seq)", key: "", ts: Int64(ms))
        messages.append(message)
        return message
    }

    /// FLUSHALL.
    mutating func flush() {
        epoch = .none
        messages = []
        head = .zero
        forks = []
    }

    mutating func trim(toLast count: Int) {
        messages.removeFirst(max(0, messages.count - count))
    }

    /// An entry that cannot be read.
    mutating func corrupt(seq: UInt64) {
        messages.removeAll { $0.id.seq == seq }
    }

    /// Somebody has put an older copy in place, under the same epoch.
    mutating func setBack(to seq: UInt64) {
        messages.removeAll { $0.id.seq > seq }
        head = messages.last?.id ?? .zero
    }

    /// Another server takes over, having lost everything after `seq`.
    mutating func failOver(keepingUpTo seq: UInt64, tag: UInt32) {
        guard epoch != .none else { return }
        messages.removeAll { $0.id.seq > seq }
        head = messages.last?.id ?? MessageID(ms: ms, seq: seq)
        forks.append(.init(tag: epoch.tag, seq: seq, ms: knowsForks ? head.ms : nil))
        epoch = Epoch(random: epoch.random, tag: tag)
    }

    var position: RoomPosition { RoomPosition(epoch: epoch, id: head) }

    func page(_ range: LogRange) -> LogPage {
        let head = LogHead(position: position, first: messages.first?.id, forks: forks)
        switch range {
        case .head, .rules:
            return LogPage(head: head, messages: [], more: false, reached: nil)
        case .forward(let after, let through, let limit):
            let all = messages.filter { $0.id > after && $0.id <= through ?? MessageID(ms: .max, seq: .max) }
            let some = Array(all.prefix(limit))
            return LogPage(head: head, messages: some, more: some.count < all.count, reached: some.last?.id)
        case .backward(let before, let limit):
            let all = messages.filter { $0.id < before ?? MessageID(ms: .max, seq: .max) }
            let some = Array(all.suffix(limit))
            return LogPage(head: head, messages: some, more: some.count < all.count, reached: some.first?.id)
        }
    }
}
