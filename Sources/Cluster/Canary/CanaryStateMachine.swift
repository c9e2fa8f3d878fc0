import ChatModel

/// When this node's canaries fly, and what follows from those that come back, and from those that do not.
///
/// Each subscribing connection is to hear each canary, so that none of them can be deaf unnoticed. One that stands and
/// has not heard three of the node's own, all of which Redis has taken, is to be made anew. A pure value: time comes
/// from outside.
struct CanaryStateMachine {
    typealias Instant = ContinuousClock.Instant

    enum Action: Hashable {
        case publish
        /// The connection of this subscriber delivers nothing.
        case renew(subscriber: Int)
    }

    private struct Subscriber {
        var table = CanaryTable()
        /// Since when it has been subscribed; `nil`: it is about to be.
        var standsSince: Instant?
        var heardItselfAt: Instant?
        /// The latest of this node's own that it heard.
        var heardNumber: UInt32 = 0
        /// Of this node's own, taken by Redis since.
        var unheard = 0
    }

    private struct Flight {
        let canary: Canary
        let at: Instant
    }

    /// Of so many of this node's own it is known when they began; far more than can be under way.
    private static let flightsKept: UInt32 = 64

    private let pace: CanaryPace
    private var interval: Duration
    private var subscribers: [Subscriber]
    private var flights: [UInt32: Flight] = [:]
    private var number: UInt32 = 0
    private var due: Instant?
    /// Why the latest was not published; `nil`: it was, or none was yet.
    private var failure: String?
    private(set) var clock = RedisClock()

    init(subscribers: Int, pace: CanaryPace) {
        self.pace = pace
        interval = pace.least
        self.subscribers = Array(repeating: Subscriber(), count: subscribers)
    }

    // MARK: Sending

    func tick(now: Instant) -> [Action] {
        var actions: [Action] = []
        if due.map({ $0 <= now }) ?? true { actions.append(.publish) }
        for (index, subscriber) in subscribers.enumerated() {
            guard let since = subscriber.standsSince, subscriber.unheard >= CanaryPace.missed else { continue }
            if now - max(since, subscriber.heardItselfAt ?? since) > patience {
                actions.append(.renew(subscriber: index))
            }
        }
        return actions
    }

    /// Its subscription stands. A node that has just come, or come back, is to know at once that it hears.
    mutating func subscribed(_ index: Int, now: Instant) -> [Action] {
        subscribers[index].standsSince = now
        subscribers[index].unheard = 0
        return [.publish]
    }

    mutating func renewed(_ index: Int) {
        subscribers[index].standsSince = nil
        subscribers[index].unheard = 0
    }

    /// A canary is about to be published.
    /// - Parameter members: of the cluster, the gone included.
    mutating func next(from own: NodeIncarnation, among members: [ClusterMember], now: Instant) -> Canary {
        let live = Set(members.filter(\.state.isLive).map(\.node.name))
        let gone = Set(members.filter { !$0.state.isLive }.map(\.node.name))
        interval = pace.interval(nodes: live.count)
        due = now + interval
        number &+= 1
        let canary = Canary(from: own, number: number)
        flights[number] = Flight(canary: canary, at: now)
        flights[number &- Self.flightsKept] = nil
        for index in subscribers.indices {
            subscribers[index].table.keep(live, without: gone, heardSince: now - patience)
        }
        return canary
    }

    /// There is no connection to publish on: it is tried again at the next tick.
    mutating func withheld(_ reason: String, now: Instant) {
        due = now
        failure = reason
    }

    mutating func taken(_ canary: Canary) {
        failure = nil
        for index in subscribers.indices where subscribers[index].heardNumber < canary.number {
            subscribers[index].unheard += 1
        }
    }

    mutating func refused(_ reason: String) { failure = reason }

    mutating func toldTime(_ microseconds: Int64, asked: Instant, answered: Instant) {
        clock.told(microseconds, asked: asked, answered: answered)
    }

    // MARK: Hearing

    /// - Parameter publishedAt: by Redis' clock, in milliseconds since 1970.
    mutating func heard(
        _ canary: Canary, publishedAt: Int64, by index: Int, now: Instant
    ) -> CanaryTable.Finding {
        guard let flight = flights[canary.number], flight.canary == canary else {
            let lateness = clock.elapsed(since: publishedAt, now: now)
            return subscribers[index].table.heard(canary, lateness: lateness, now: now)
        }
        subscribers[index].heardItselfAt = now
        subscribers[index].heardNumber = max(subscribers[index].heardNumber, canary.number)
        subscribers[index].unheard = 0
        return subscribers[index].table.heard(canary, lateness: now - flight.at, now: now)
    }

    // MARK: Telling

    /// Of each sender the worst of what the subscribers have heard; the node's own first, then the latest ones.
    func receipts(own: String, now: Instant) -> [CanaryReceipt] {
        var worst: [String: CanaryReceipt] = [:]
        for receipt in subscribers.flatMap({ $0.table.receipts(now: now) }) {
            if let known = worst[receipt.from], (known.age, known.p99) >= (receipt.age, receipt.p99) { continue }
            worst[receipt.from] = receipt
        }
        return worst.values.sorted { left, right in
            if (left.from == own) != (right.from == own) { return left.from == own }
            return (right.p99, left.from) < (left.p99, right.from)
        }
    }

    /// `nil`: every subscriber has heard this node's own canary lately.
    func unreadyReason(now: Instant) -> String? {
        for (index, subscriber) in subscribers.enumerated() {
            let silence: String
            if let heard = subscriber.heardItselfAt {
                guard now - heard > patience else { continue }
                silence = "this node has not heard its own canary for \((now - heard).components.seconds) s"
            } else {
                silence = "this node has not heard its own canary yet"
            }
            return "\(silence) (subscribe-\(index)): \(cause(of: subscriber))"
        }
        return nil
    }

    private func cause(of subscriber: Subscriber) -> String {
        if let failure { return "nothing can be published: \(failure)" }
        if subscriber.standsSince == nil { return "the connection that is to hear it is being made" }
        guard subscriber.unheard > 0 else { return "it is on its way" }
        return "Redis takes what it publishes, but delivers nothing; see that REDIS_URL leads to one server only, "
            + "and what its CLIENT LIST TYPE pubsub shows"
    }

    private var patience: Duration { interval * CanaryPace.missed + pace.grace }
}
