import ChatModel

/// Decides when to send this node's canaries, and reacts to received and missing ones.
///
/// Every subscriber connection must receive every canary, so that a broken one cannot go unnoticed. A connection that
/// is subscribed but missed three of this node's own canaries, although Redis accepted them, is reopened. A pure value:
/// the caller passes the time.
struct CanaryStateMachine {
    typealias Instant = ContinuousClock.Instant

    enum Action: Hashable {
        case publish
        /// This subscriber's connection delivers nothing.
        case renew(subscriber: Int)
    }

    private struct Subscriber {
        var table = CanaryTable()
        /// When it was subscribed; `nil` if it is not.
        var openSince: Instant?
        var heardItselfAt: Instant?
        /// The latest of this node's own canaries that it received.
        var heardNumber: UInt32 = 0
        /// How many of this node's own canaries Redis has accepted since.
        var unheard = 0
    }

    private struct Flight {
        let canary: Canary
        let at: Instant
    }

    /// Send times kept for this node's own canaries; far more than can be in flight.
    private static let flightsKept: UInt32 = 64

    private let pace: CanaryPace
    private var interval: Duration
    private var subscribers: [Subscriber]
    private var flights: [UInt32: Flight] = [:]
    private var number: UInt32 = 0
    private var due: Instant?
    /// Why the latest canary was not published; `nil`: it was, or there was none yet.
    private var failure: String?
    /// Redis can be read, but refuses writes.
    private var writesAreRefused = false
    /// Redis has refused a write and accepted none since, whatever happened in between.
    private(set) var isReadOnly = false
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
            guard let since = subscriber.openSince, subscriber.unheard >= CanaryPace.missed else { continue }
            if now - max(since, subscriber.heardItselfAt ?? since) > patience {
                actions.append(.renew(subscriber: index))
            }
        }
        return actions
    }

    /// The subscription is active. Publishing at once makes a new or reconnected node ready sooner.
    mutating func subscribed(_ index: Int, now: Instant) -> [Action] {
        subscribers[index].openSince = now
        subscribers[index].unheard = 0
        return [.publish]
    }

    mutating func renewed(_ index: Int) {
        subscribers[index].openSince = nil
        subscribers[index].unheard = 0
    }

    /// A canary is about to be published.
    /// - Parameter members: all nodes in the cluster view, including those that are gone.
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

    /// There is no connection to publish on; the next tick retries.
    mutating func withheld(_ reason: String, now: Instant) {
        due = now
        failure = reason
        writesAreRefused = false
    }

    mutating func taken(_ canary: Canary) {
        failure = nil
        writesAreRefused = false
        isReadOnly = false
        for index in subscribers.indices where subscribers[index].heardNumber < canary.number {
            subscribers[index].unheard += 1
        }
    }

    /// - `asWrite`: reading still works. Retry soon, because users are waiting.
    mutating func refused(_ reason: String, asWrite: Bool = false) {
        failure = reason
        writesAreRefused = asWrite
        guard asWrite else { return }
        isReadOnly = true
        due = due.map { $0 - interval + .seconds(1) }
    }

    mutating func clockRead(_ microseconds: Int64, asked: Instant, answered: Instant) {
        clock.told(microseconds, asked: asked, answered: answered)
    }

    // MARK: Receiving

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

    // MARK: Reporting

    /// Per sender, the worst of what the subscribers received; this node's own first, then the slowest.
    func receipts(own: String, now: Instant) -> [CanaryReceipt] {
        subscribers.flatMap { $0.table.receipts(now: now) }.worstOfEach(own: own)
    }

    /// Why publishing fails right now; `nil`: the latest canary was published, or there was none yet.
    var publishFailure: String? { failure }

    /// Why chat is read-only; `nil`: writing works, or not even reading does.
    var degradedReason: String? {
        guard writesAreRefused, let failure else { return nil }
        return "chat is read-only: \(failure)"
    }

    /// `nil`: every subscriber has recently received this node's own canary, or Redis refuses writes, in which case
    /// users can still read.
    func unreadyReason(now: Instant) -> String? {
        guard !writesAreRefused else { return nil }
        for (index, subscriber) in subscribers.enumerated() {
            let silence: String
            if let heard = subscriber.heardItselfAt {
                guard now - heard > patience else { continue }
                silence = "this node has not received its own canary for \((now - heard).components.seconds) s"
            } else {
                silence = "this node has not received its own canary yet"
            }
            return "\(silence) (subscribe-\(index)): \(cause(of: subscriber))"
        }
        return nil
    }

    private func cause(of subscriber: Subscriber) -> String {
        if let failure { return "cannot publish: \(failure)" }
        if subscriber.openSince == nil { return "its subscriber connection is being opened" }
        guard subscriber.unheard > 0 else { return "it is in flight" }
        return "Redis accepts canaries but does not deliver them: check that REDIS_URL points to a single server, "
            + "and that CLIENT LIST TYPE pubsub lists this node"
    }

    private var patience: Duration { interval * CanaryPace.missed + pace.grace }
}

extension [CanaryReceipt] {
    /// The worst of each sender; this node's own first, then the slowest.
    func worstOfEach(own: String) -> [CanaryReceipt] {
        var worst: [String: CanaryReceipt] = [:]
        for receipt in self {
            if let known = worst[receipt.from], (known.age, known.p99) >= (receipt.age, receipt.p99) { continue }
            worst[receipt.from] = receipt
        }
        return worst.values.sorted { left, right in
            if (left.from == own) != (right.from == own) { return left.from == own }
            return (right.p99, left.from) < (left.p99, right.from)
        }
    }
}
