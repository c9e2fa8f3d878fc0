import ChatModel

/// A user's outgoing messages for one room: in order, at most one in flight (`docs/protocol.md`, section 5, "Order of
/// one's own").
///
/// A pure value, owned by `ClientRoom`. An item stays until the log has it or it is rejected.
struct ClientOutbox {
    struct Item: Equatable {
        let key: String
        let text: String
        /// `nil`: a message.
        let act: MessageAct?
        /// The message that it answers.
        let re: MessageID?
        /// When it was first sent; `nil`: not yet.
        var firstSent: ContinuousClock.Instant?
        /// Received live under this id, but not acknowledged: until replicas have it, a failover may lose it.
        var heardAs: MessageID?
    }

    private let limit: Int
    private let resendAfter: Duration
    private(set) var items: [Item] = []
    /// When the first item is due again while it is in flight or delayed; `nil`: at once.
    private var dueAt: ContinuousClock.Instant?

    init(limit: Int, resendAfter: Duration) {
        self.limit = limit
        self.resendAfter = resendAfter
    }

    /// - Returns: false if the outbox is full.
    mutating func append(key: String, text: String, act: MessageAct? = nil, re: MessageID? = nil) -> Bool {
        guard items.count < limit else { return false }
        items.append(Item(key: key, text: text, act: act, re: re))
        return true
    }

    /// When `next` returns something; `nil`: not until another event.
    func deadline(now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        items.isEmpty ? nil : dueAt ?? now
    }

    /// The message to send now: the first one, if it is new, due again, or reset by `connectionLost`.
    mutating func next(now: ContinuousClock.Instant) -> Item? {
        guard !items.isEmpty, dueAt.map({ $0 <= now }) ?? true else { return nil }
        items[0].firstSent = items[0].firstSent ?? now
        dueAt = now + resendAfter
        return items[0]
    }

    /// The message is done: the log has it, or the server rejected it.
    /// - Returns: whether it was in the outbox.
    @discardableResult
    mutating func settle(key: String) -> Bool {
        guard let index = items.firstIndex(where: { $0.key == key }) else { return false }
        items.remove(at: index)
        if index == 0 { dueAt = nil }
        return true
    }

    /// The message has arrived, before its acknowledgement.
    mutating func heard(key: String, as id: MessageID) {
        if let index = items.firstIndex(where: { $0.key == key }) { items[index].heardAs = id }
    }

    /// The log is known to have everything that had arrived.
    /// - Returns: what had arrived without an acknowledgement.
    mutating func settleHeard() -> [Item] { remove { $0.heardAs != nil } }

    /// The log may have lost what had arrived.
    mutating func forgetHeard() {
        for index in items.indices { items[index].heardAs = nil }
    }

    /// The server asked to send this message later.
    mutating func postpone(key: String, until due: ContinuousClock.Instant) {
        if items.first?.key == key { dueAt = due }
    }

    mutating func connectionLost() {
        dueAt = nil
    }

    /// Removes messages sent so long ago that the server may have forgotten their keys: resending could duplicate them.
    mutating func removeSent(before limit: ContinuousClock.Instant) -> [Item] {
        remove { $0.firstSent.map { $0 < limit } ?? false }
    }

    /// Removes everything that was ever sent: under a new user id it would be another message.
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
