import ChatClient
import ChatModel
import ChatProtocol
import NIOCore
import TestSupport

/// Plays the socket, the clock and the server to a `ClientStateMachine`, and writes what it does as short words.
struct Driver {
    static let epoch = Epoch(random: 42, tag: 1)
    static let welcome = welcome(user: "me")

    var machine = ClientStateMachine(configuration: ClientConfiguration(name: "ann"))
    var now = ContinuousClock.now
    var generator = SeededGenerator(seed: 1)
    private(set) var lastHello = ""
    private var lastDelay = Duration.zero

    /// It has asked to join the room.
    static func joining() -> Driver {
        var driver = Driver()
        _ = driver.machine.join(.lobby)
        _ = driver.does(driver.machine.start(now: driver.now))
        driver.greets()
        return driver
    }

    static func live() -> Driver {
        var driver = joining()
        _ = driver.hears(joined([]))
        return driver
    }

    mutating func greets() {
        lastHello = does(machine.opened(now: now)).first ?? ""
        _ = hears(.welcome(Self.welcome))
    }

    mutating func hears(_ frame: ServerFrame) -> [String] { does(machine.received(frame, now: now)) }

    mutating func sends(_ text: String) -> [String] {
        does(machine.send(text, key: text, to: .lobby, now: now))
    }

    mutating func waits(_ duration: Duration) -> [String] {
        now += duration
        return does(machine.elapsed(now: now))
    }

    /// - Returns: how long the machine wants to wait.
    mutating func loses(code: UInt16? = nil) -> Duration {
        _ = does(machine.closed(code: code, now: now, using: &generator))
        return lastDelay
    }

    /// Loses the connection and has a new one, up to `hello`.
    mutating func reconnects(code: UInt16? = nil) {
        _ = waits(loses(code: code))
        lastHello = does(machine.opened(now: now)).first ?? ""
    }

    mutating func does(_ actions: [ClientStateMachine.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .connect: return "connect"
            case .close(let code): return code.map { "close \($0)" } ?? "close"
            case .write(let frame):
                var buffer = ByteBuffer()
                frame.encode(into: &buffer)
                return String(buffer: buffer)
            case .report(let event):
                if case .closed(_, let delay) = event { lastDelay = delay ?? .zero }
                return Self.words(event)
            }
        }
    }

    static func words(_ event: ClientEvent) -> String {
        switch event {
        case .opened: "opened"
        case .closed(_, let delay): delay == nil ? "closed for good" : "closed"
        case .joined(_, let fresh): fresh ? "joined fresh" : "joined"
        case .caughtUp: "caughtUp"
        case .message(_, _, let message, let arrival): "\(arrival) \(message.id.seq)"
        case .gap(let gap):
            "gap after \(gap.after.id.seq)"
                + (gap.missing.map { " missing \($0.from.seq)...\($0.to.seq)" } ?? "")
                + (gap.restarts ? " restarts" : "")
        case .unreachable: "unreachable"
        case .postponed(_, let key, let error): "put off \(key ?? "room") \(error.code.rawValue)"
        case .left: "left"
        case .expelled(_, let reason): "expelled \(reason)"
        case .acked(_, let key, let id): "acked \(key) \(id.seq)"
        case .refused(_, let key, let error): "refused \(key ?? "room") \(error.code.rawValue)"
        case .abandoned(_, let key, let maybeSent): "abandoned \(key)\(maybeSent ? " maybe sent" : "")"
        case .frame: "frame"
        case .failed(let error): "failed \(error.code.rawValue)"
        case .violation(let what): "violation: \(what)"
        }
    }

    // MARK: What a server says

    static func welcome(user: String) -> ServerFrame.Welcome {
        .init(
            user: User(id: UserID(user), name: "ann"), token: "token of \(user)", node: "n1",
            limits: .init(textChars: 4_000, frameBytes: 16_384, rooms: 32, burst: 20, perSecond: 5, dedupeSeconds: 600),
            heartbeat: 25)
    }

    static func id(_ seq: UInt64) -> MessageID { MessageID(ms: 1_000 + seq, seq: seq) }

    static func message(_ seq: UInt64, from user: String = "other", key: String = "") -> ChatMessage {
        ChatMessage(id: id(seq), user: UserID(user), name: "x", text: "text", key: key, ts: Int64(1_000 + seq))
    }

    static func chat(_ seq: UInt64, from user: String = "other", key: String = "") -> ServerFrame {
        .chat(room: .lobby, epoch: epoch, message: message(seq, from: user, key: key))
    }

    /// - `own`: keys of the messages that are the client's own.
    static func joined(
        _ seqs: [UInt64], recovered: Bool = true, missing: ServerFrame.Missing? = nil, own: [UInt64: String] = [:],
        head: UInt64? = nil, more: Bool = false
    ) -> ServerFrame {
        let last = head ?? seqs.last ?? 0
        return .joined(
            .init(
                room: .lobby, position: last == 0 ? .start : RoomPosition(epoch: epoch, id: id(last)),
                recovered: recovered, missing: missing,
                messages: seqs.map { seq in own[seq].map { message(seq, from: "me", key: $0) } ?? message(seq) },
                more: more, members: MemberList([]), memberCount: 0))
    }
}
