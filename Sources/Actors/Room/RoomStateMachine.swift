import ChatModel

/// Decides which messages a room receives are next, known, or ahead of a gap: `docs/protocol.md`, section 6.
///
/// ```
///   subscribing ── subscribed ──▶ readingHead ── head ──▶ following ◀── level ──┐
///                                                             │                 │
///                                  gap, other epoch, resubscribed: read ──▶ filling
/// ```
///
/// Throws `InvariantBroken` on impossible events: the shard then replaces the room. Pure: no clock, no I/O. Owned by
/// the `Room`.
struct RoomStateMachine {
    enum Verdict: Equatable {
        case deliver
        /// At or below the position: already known.
        case duplicate
        /// Kept until the gap before it is filled.
        case wait
        /// Kept; read the log after the position.
        case fill
    }

    enum Action: Equatable {
        case readHead
        /// The position is known: joins can be answered.
        case ready(at: RoomPosition)
        case deliver(ChatMessage, Epoch)
        /// Read the log after the position.
        case fill
        /// The log has another epoch or a gap: every member must compare its own position with the log.
        case realign
    }

    enum HeadVerdict: Equatable {
        case level
        /// The log is ahead; it counts as a gap only if it still is in a moment.
        case suspect
        case fill
    }

    private struct Live {
        let message: ChatMessage
        let epoch: Epoch
    }

    /// A pending read of the log, and what was received meanwhile.
    private struct Fill {
        var waiting: [Live] = []
        /// How many of `waiting` were received before the read was sent: the log has them, or they are outdated.
        var heardBefore = 0
        /// Too much was received: it was dropped, and the log is read again.
        var overflowed = false

        mutating func keep(_ live: Live, limit: Int) {
            if waiting.count >= limit {
                waiting.removeAll()
                heardBefore = 0
                overflowed = true
            }
            waiting.append(live)
        }
    }

    private enum State {
        case subscribing(inherited: Bool)
        case readingHead(Fill)
        case following
        case filling(Fill)
    }

    /// The last message delivered, or already there when the first member joined.
    private(set) var position: RoomPosition
    private var state: State
    private var suspected: RoomPosition?
    private let bufferLimit: Int

    /// - `inherited`: the position of the failed room that this one replaces.
    init(inherited: RoomPosition?, bufferLimit: Int) {
        self.position = inherited ?? .start
        self.state = .subscribing(inherited: inherited != nil)
        self.bufferLimit = bufferLimit
    }

    /// Whether members can be placed.
    var isReady: Bool {
        switch state {
        case .subscribing, .readingHead: false
        case .following, .filling: true
        }
    }

    /// For a successor; `nil` before the head was read.
    var knownPosition: RoomPosition? {
        switch state {
        case .subscribing(inherited: false), .readingHead: nil
        case .subscribing(inherited: true), .following, .filling: position
        }
    }

    /// The first subscription is established.
    mutating func subscribed() throws(InvariantBroken) -> [Action] {
        switch state {
        case .subscribing(inherited: false):
            state = .readingHead(Fill())
            return [.readHead]
        case .subscribing(inherited: true):
            return [.ready(at: position)] + startFilling()
        case .readingHead, .filling, .following:
            throw InvariantBroken(.answer, expected: "one subscription", found: "another while \(stateName)")
        }
    }

    mutating func headRead(_ head: LogHead) throws(InvariantBroken) -> [Action] {
        switch state {
        case .readingHead(let heard):
            position = head.position
            state = .following
            if heard.overflowed { return [.ready(at: head.position)] + startFilling() }
            return [.ready(at: head.position)] + replay(heard)
        case .subscribing, .following, .filling:
            throw InvariantBroken(.answer, expected: "no head", found: "a head while \(stateName)")
        }
    }

    mutating func heard(_ message: ChatMessage, epoch: Epoch) -> Verdict {
        switch state {
        case .subscribing:
            return .duplicate  // the head is read after subscribing, and covers it
        case .readingHead(var fill):
            state = .following  // keeps `waiting` uniquely referenced
            fill.keep(Live(message: message, epoch: epoch), limit: bufferLimit)
            state = .readingHead(fill)
            return .wait
        case .filling(var fill):
            state = .following
            fill.keep(Live(message: message, epoch: epoch), limit: bufferLimit)
            state = .filling(fill)
            return .wait
        case .following:
            switch place(message, epoch) {
            case .next:
                position = RoomPosition(epoch: epoch, id: message.id)
                return .deliver
            case .known:
                return .duplicate
            case .ahead, .otherEpoch:
                state = .filling(Fill(waiting: [Live(message: message, epoch: epoch)], heardBefore: 1))
                return .fill
            }
        }
    }

    /// A page after the position was read.
    mutating func filled(by page: LogPage) throws(InvariantBroken) -> [Action] {
        guard case .filling(var fill) = state else {
            throw InvariantBroken(.answer, expected: "no page", found: "a page while \(stateName)")
        }
        var actions: [Action] = []
        if page.head.recovers(position) {
            position.epoch = page.head.position.epoch
            for message in page.messages where message.id.seq > position.id.seq {
                position.id = message.id
                actions.append(.deliver(message, position.epoch))
            }
            let delivered = position.id.seq
            if let reached = page.reached, reached.seq > position.id.seq { position.id = reached }
            if page.more {
                fill.heardBefore = fill.waiting.count
                state = .filling(fill)
                return actions + [.fill]
            }
            if page.head.position.id.seq > position.id.seq { position.id = page.head.position.id }
            // Unreadable entries at the end: no later message would show this gap.
            if position.id.seq > delivered { actions.append(.realign) }
        } else {
            position = page.head.position
            actions.append(.realign)
        }
        state = .following
        if fill.overflowed { return actions + startFilling() }
        return actions + replay(fill)
    }

    /// The log could not be read. Received messages keep waiting; returns what to retry after a while.
    func readFailed() throws(InvariantBroken) -> [Action] {
        switch state {
        case .readingHead: return [.readHead]
        case .filling: return [.fill]
        case .subscribing, .following:
            throw InvariantBroken(.answer, expected: "no page", found: "a failed read while \(stateName)")
        }
    }

    private var stateName: String {
        switch state {
        case .subscribing: "subscribing"
        case .readingHead: "reading the head"
        case .following: "following"
        case .filling: "filling"
        }
    }

    /// Compares with the log's head.
    /// - `asked`: the position when the head was requested.
    /// - `urgent`: something was certainly missed, as after a lost subscription: no second look.
    mutating func compared(with head: LogHead, asked: RoomPosition, urgent: Bool) -> HeadVerdict {
        guard case .following = state else { return .level }
        let rolledBack = head.position.epoch == asked.epoch && head.position.id.seq < asked.id.seq
        let ahead =
            head.position.epoch == position.epoch
            ? head.position.id.seq > position.id.seq
            : asked.epoch == position.epoch
        if rolledBack || (ahead && (urgent || suspected.map { !hasReached($0) } ?? false)) {
            suspected = nil
            state = .filling(Fill())
            return .fill
        }
        suspected = ahead ? head.position : nil
        return ahead ? .suspect : .level
    }

    private func hasReached(_ other: RoomPosition) -> Bool {
        other.epoch == position.epoch && position.id.seq >= other.id.seq
    }

    private mutating func startFilling() -> [Action] {
        state = .filling(Fill())
        return [.fill]
    }

    private enum Place { case next, known, ahead, otherEpoch }

    private func place(_ message: ChatMessage, _ epoch: Epoch) -> Place {
        let first = position == .start && message.id.seq == 1
        guard epoch == position.epoch || first else { return .otherEpoch }
        if message.id.seq <= position.id.seq { return .known }
        return message.id.seq == position.id.seq &+ 1 ? .next : .ahead
    }

    /// Judges what was received during the fill. The log takes a message before it is published: one received before
    /// the last read and beyond its result was never in this log. Following it would make all real messages look old.
    private mutating func replay(_ fill: Fill) -> [Action] {
        var actions: [Action] = []
        for (index, live) in fill.waiting.enumerated() {
            switch place(live.message, live.epoch) {
            case .known:
                continue
            case _ where index < fill.heardBefore:
                continue
            case .next:
                position = RoomPosition(epoch: live.epoch, id: live.message.id)
                actions.append(.deliver(live.message, live.epoch))
            case .ahead, .otherEpoch:
                let rest = Array(fill.waiting[index...])
                state = .filling(Fill(waiting: rest, heardBefore: rest.count))
                return actions + [.fill]
            }
        }
        return actions
    }
}
