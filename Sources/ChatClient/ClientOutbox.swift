import ChatModel

/// What one user still wants to say in one room: in order, at most one message in flight
/// (`docs/protocol.md`, section 5, "Order of one's own").
///
/// A pure value, owned by `ClientRoom`. An item stays until the log has it, or until it is refused.
struct ClientOutbox {
    struct Item: Equatable {
        let key: String
        let text: String
        /// `nil`: a message.
        let act: MessageAct?
        /// When it was sent for the first time; `nil`: never yet.
        var firstSent: ContinuousClock.Instant?
    }

    private let limit: Int
    private let resendAfter: Duration
    private(set) var items: [Item] = []
    /// When the first item is due again, while it is in flight or put off; `nil`: at once.
    private var dueAt: ContinuousClock.Instant?

    init(limit: Int, resendAfter: Duration) {
        self.limit = limit
        self.resendAfter = resendAfter
    }

    /// - Returns: false when the outbox is full.
    mutating func append(key: String, text: String, act: MessageAct? = nil) -> Bool {
        guard items.count < limit else { return false }
        items.append(Item(key: key, text: text, act: act))
        return true
    }

    /// When `next` has something to give; `nil`: not before something else happens.
    func deadline(now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        items.isEmpty ? nil : dueAt ?? now
    }

    /// The message to send now: the first one, when it is new, due again, or put back by `connectionLost`.
    mutating func next(now: ContinuousClock.Instant) -> Item? {
        guard !items.isEmpty, dueAt.map({ $0 <= now }) ?? true else { return nil }
        items[0].firstSent = items[0].firstSent ?? now
        dueAt = now + resendAfter
        return items[0]
    }

    /// The message is dealt with: the log has it, or the server will not take it.
    /// - Returns: whether it was here.
    @discardableResult
    mutating func settle(key: String) -> Bool {
        guard let index = items.firstIndex(where: { $0.key == key }) else { return false }
        items.remove(at: index)
        if index == 0 { dueAt = nil }
        return true
    }

    /// The server asks for patience with this message.
    mutating func putOff(key: String, until due: ContinuousClock.Instant) {
        if items.first?.key == key { dueAt = due }
    }

    mutating func connectionLost() {
        dueAt = nil
    }

    /// Takes out what was sent so long ago that the server may have forgotten its key: sending it again could double it.
    mutating func removeSent(before limit: ContinuousClock.Instant) -> [Item] {
        remove { $0.firstSent.map { $0 < limit } ?? false }
    }

    /// Takes out everything that was sent at all: under a new user id it would be another message.
    mutating func removeSent() -> [Item] {
        remove { $0.firstSent != nil }
    }

    mutating func removeAll() -> [Item] {
        remove { _ in true }
    }

    private mutating func remove(where condition: (Item) -> Bool) -> [Item] {
        let removed = items.filter(condition)
        items.removeAll(where: condition)
        if !removed.isEmpty { dueAt = nil }
        return removed
    }
}
