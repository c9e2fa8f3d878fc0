package import ChatModel
package import ChatProtocol
import Supervision

/// The client side of `webchat.v1`: hello, join, resume, outbox, heartbeat and reconnects.
///
/// Pure: events and `now` in, actions out. Owned by `ChatClient`, which performs the actions in order and calls
/// `elapsed` at `deadline`.
///
/// ```
/// idle ─ start ─▶ connecting ─ opened ─▶ greeting ─ welcome ─▶ open
///                    ▲                        │                  │ closed
///                    └───────── waiting ◀─────┴──────────────────┘
/// ```
package struct ClientStateMachine {
    package typealias Instant = ContinuousClock.Instant

    package enum Action: Sendable {
        /// Open a connection, to another node if there is one; report `opened` or `closed`.
        case connect
        case write(ClientFrame)
        /// Close the connection, without a close frame if `nil`; report `closed`.
        case close(code: UInt16?)
        case report(ClientEvent)
    }

    private enum Phase: Equatable {
        case idle
        case connecting(deadline: Instant)
        case greeting(deadline: Instant)
        case open
        case closing
        case waiting(until: Instant)
        case stopped
    }

    package static let noAnswerToPing: UInt16 = 4000
    private static let unauthorized = CloseReason.badToken.code
    private static let longestGoodbye = 60_000

    let configuration: ClientConfiguration
    private var phase = Phase.idle
    var backoff: Backoff
    private var token: String?
    private(set) var user: UserID?
    /// How long the server remembers a key.
    private(set) var dedupe = Duration.seconds(600)
    /// The reconnect delay that the server sent with `goodbye`.
    private var goodbye: Duration?
    private var heardAt: Instant?
    private var pinged = false
    /// In the order of `join`, so that behaviour does not depend on hashing.
    var rooms: [ClientRoom] = []

    package init(configuration: ClientConfiguration) {
        self.configuration = configuration
        self.token = configuration.token
        self.backoff = Backoff(base: configuration.backoffBase, cap: configuration.backoffCap)
    }

    package var isOpen: Bool { phase == .open }

    // MARK: Commands

    package mutating func start(now: Instant) -> [Action] {
        switch phase {
        case .idle, .waiting, .stopped: connect(now: now)
        case .connecting, .greeting, .open, .closing: []
        }
    }

    /// Closes the connection and does not reconnect.
    package mutating func stop() -> [Action] {
        defer { phase = .stopped }
        switch phase {
        case .idle, .waiting, .stopped: return []
        case .connecting: return [.close(code: nil)]
        case .greeting, .open, .closing: return [.close(code: CloseReason.normal.code)]
        }
    }

    package mutating func join(_ name: RoomName) -> [Action] {
        guard !rooms.contains(where: { $0.name == name }) else { return [] }
        let outbox = ClientOutbox(limit: configuration.outboxLimit, resendAfter: configuration.resendAfter)
        rooms.append(ClientRoom(name: name, outbox: outbox))
        return phase == .open ? [enter(rooms.endIndex - 1)] : []
    }

    /// Leaves the room; its outbox is abandoned. The room can be joined again after `left`.
    package mutating func leave(_ name: RoomName) -> [Action] {
        guard let index = rooms.firstIndex(where: { $0.name == name }) else { return [] }
        let abandoned = abandon(rooms[index].outbox.removeAll(), of: name)
        switch rooms[index].state {
        case .outside:
            rooms.remove(at: index)
            return abandoned + [.report(.left(name, reason: ""))]
        case .joining, .catchingUp, .live:
            rooms[index].state = .leaving
            return abandoned + [.write(.leave(room: name))]
        case .leaving:
            return abandoned
        }
    }

    /// Sends a message to a joined room. It is kept across reconnects until the log has it.
    package mutating func send(
        _ text: String, key: String, to name: RoomName, act: MessageAct? = nil, re: MessageID? = nil, now: Instant
    ) -> [Action] {
        guard let index = rooms.firstIndex(where: { $0.name == name }), rooms[index].state != .leaving else {
            let error = FrameError(.notJoined, "join the room first", room: name.description, key: key)
            return [.report(.refused(name, key: key, error))]
        }
        guard rooms[index].outbox.append(key: key, text: text, act: act, re: re) else {
            let error = FrameError(
                .unavailable, "too many unsent messages, try again later", room: name.description, key: key)
            return [.report(.refused(name, key: key, error))]
        }
        return flush(index, now: now)
    }

    /// Requests part of a room's history. Does nothing outside of a live room, where no answer would come.
    package func ask(for part: ClientFrame.HistoryPart, of name: RoomName, limit: Int) -> [Action] {
        guard phase == .open, rooms.contains(where: { $0.name == name && $0.state == .live }) else { return [] }
        return [.write(.history(room: name, part, limit: limit))]
    }

    /// Sends a frame that no outbox keeps. Does nothing without a connection.
    package func ask(_ frame: ClientFrame) -> [Action] { phase == .open ? [.write(frame)] : [] }

    // MARK: Connection events

    /// The WebSocket is open.
    package mutating func opened(now: Instant) -> [Action] {
        guard case .connecting(let deadline) = phase else { return [] }
        phase = .greeting(deadline: deadline)
        heardAt = now
        pinged = false
        return [.write(.hello(token: token, name: configuration.name))]
    }

    /// The connection was closed, or connecting failed. `code` is from the server's close frame.
    package mutating func closed(
        code: UInt16?, now: Instant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        switch phase {
        case .idle, .waiting: return []
        case .stopped: return [.report(.closed(code: code, retryIn: nil))]
        case .connecting, .greeting, .open, .closing: break
        }
        if code == Self.unauthorized { token = nil }
        let left = rooms.filter { $0.state == .leaving }.map { Action.report(.left($0.name, reason: "")) }
        rooms.removeAll { $0.state == .leaving }
        for index in rooms.indices { rooms[index].connectionLost() }
        let jittered = backoff.next { .random(in: $0, using: &generator) }
        let delay = goodbye ?? jittered
        goodbye = nil
        phase = .waiting(until: now + delay)
        return left + [.report(.closed(code: code, retryIn: delay))]
    }

    /// The server sent something, possibly just a WebSocket ping.
    package mutating func heard(now: Instant) {
        heardAt = now
        pinged = false
    }

    /// When to call `elapsed`.
    package func deadline(now: Instant) -> Instant? {
        switch phase {
        case .idle, .closing, .stopped: return nil
        case .connecting(let deadline), .greeting(let deadline), .waiting(let deadline): return deadline
        case .open: break
        }
        var earliest = heartbeat ?? now
        for room in rooms {
            switch room.state {
            case .outside:
                if let retry = room.retryJoinAt { earliest = min(earliest, retry) }
            case .live:
                if let due = room.outbox.deadline(now: now) { earliest = min(earliest, due) }
            case .joining, .catchingUp, .leaving: break
            }
        }
        return earliest
    }

    /// Handles the passing of time.
    package mutating func elapsed(now: Instant) -> [Action] {
        switch phase {
        case .idle, .closing, .stopped: return []
        case .connecting(let deadline), .greeting(let deadline):
            guard deadline <= now else { return [] }
            phase = .closing
            return [.close(code: nil)]
        case .waiting(let deadline):
            return deadline <= now ? connect(now: now) : []
        case .open: break
        }
        var actions: [Action] = []
        if let heartbeat, heartbeat <= now {
            if pinged {
                phase = .closing
                return [.close(code: Self.noAnswerToPing)]
            }
            pinged = true
            actions.append(.write(.ping(at: nil)))
        }
        for index in rooms.indices {
            if rooms[index].state == .outside, let retry = rooms[index].retryJoinAt, retry <= now {
                actions.append(enter(index))
            }
            actions += flush(index, now: now)
        }
        return actions
    }

    // MARK: Frames

    package mutating func received(_ frame: ServerFrame, now: Instant) -> [Action] {
        heard(now: now)
        switch (phase, frame) {
        case (.idle, _), (.connecting, _), (.closing, _), (.waiting, _), (.stopped, _):
            return []
        case (_, .goodbye(_, let reconnectAfterMs)):
            goodbye = .milliseconds(min(max(reconnectAfterMs, 0), Self.longestGoodbye))
            return []
        case (.greeting, .welcome(let welcome)):
            return welcomed(welcome)
        case (.greeting, .error(let error)):
            return [.report(.failed(error))]
        case (.greeting, _), (.open, .welcome):
            return [.report(.violation("unexpected frame in this state: \(frame)"))]
        case (.open, .error(let error)):
            return failed(error, now: now)
        case (.open, .presence), (.open, .typing), (.open, .renamed), (.open, .renewed),
            (.open, .history), (.open, .found), (.open, .traced), (.open, .created), (.open, .roles),
            (.open, .rules), (.open, .invitation), (.open, .rooms), (.open, .added), (.open, .deleted),
            (.open, .read), (.open, .link), (.open, .linked), (.open, .upload), (.open, .push):
            return [.report(.frame(frame))]
        case (.open, .pong), (.open, .status):
            return []
        case (.open, .joined(let answer)):
            return joined(answer, now: now)
        case (.open, .resume(let name, let epoch, let messages, let more)):
            return resumed(name, epoch: epoch, messages: messages, more: more, now: now)
        case (.open, .reset(let reset)):
            return self.reset(reset, now: now)
        case (.open, .chat(let name, let epoch, let message)):
            return said(message, in: name, epoch: epoch, now: now)
        case (.open, .ack(let name, let key, let id)):
            return acked(key, id: id, in: name, now: now)
        case (.open, .left(let name, let reason, _)):
            return left(name, reason: reason, now: now)
        }
    }

    private mutating func welcomed(_ welcome: ServerFrame.Welcome) -> [Action] {
        phase = .open
        // The token of a user who has signed in is not the server's.
        token = welcome.token ?? token
        dedupe = .seconds(max(welcome.limits.dedupeSeconds, 0))
        if rooms.isEmpty { backoff.reset() }
        var actions = [Action.report(.opened(welcome))]
        if let user, user != welcome.user.id {
            for index in rooms.indices {
                actions += abandon(rooms[index].outbox.removeSent(), of: rooms[index].name)
            }
        }
        user = welcome.user.id
        for index in rooms.indices { actions.append(enter(index)) }
        return actions
    }

    private mutating func connect(now: Instant) -> [Action] {
        phase = .connecting(deadline: now + configuration.greetingDeadline)
        return [.connect]
    }

    /// When to send a `ping` or, after one, disconnect.
    private var heartbeat: Instant? {
        heardAt.map { $0 + configuration.pingAfter + (pinged ? configuration.pingDeadline : .zero) }
    }
}
