import ChatModel
import NIOCore

/// Whether a WebSocket is open, closing or closed, and the deadlines of its one timer: hello, the end of a token, the
/// rest of a message, heartbeat, slow reader, the peer's close frame.
///
/// Pure. Owned by the `SocketHandler`.
struct SocketStateMachine {
    private enum State {
        case open
        /// Our close frame was sent, and the peer's is pending.
        case closing(until: NIODeadline)
        case closed
    }

    enum TimerAction: Equatable {
        case none
        case ping
        case close(CloseReason)
        /// The peer does not answer our close frame.
        case cut
    }

    /// The state of a socket when its channel ended.
    enum Ending: Equatable { case open, closing, closed }

    private var state = State.open
    private let fragmentTimeout: TimeAmount
    private var heartbeat: HeartbeatStateMachine
    private var stall: OutboundStall
    private var helloDeadline: NIODeadline
    private var tokenDeadline = NIODeadline.distantFuture
    private var fragmentDeadline = NIODeadline.distantFuture

    init(_ configuration: SocketConfiguration, now: NIODeadline) {
        fragmentTimeout = configuration.fragmentTimeout
        heartbeat = HeartbeatStateMachine(
            interval: configuration.heartbeatInterval, patience: configuration.heartbeatPatience, now: now)
        stall = OutboundStall(patience: configuration.stallTimeout)
        helloDeadline = now + configuration.helloTimeout
    }

    var isOpen: Bool { if case .open = state { true } else { false } }
    var isClosing: Bool { if case .closing = state { true } else { false } }

    /// When the timer must fire; `distantFuture`: never.
    var deadline: NIODeadline {
        switch state {
        case .open: min(heartbeat.deadline, helloDeadline, tokenDeadline, fragmentDeadline, stall.deadline)
        case .closing(let deadline): deadline
        case .closed: .distantFuture
        }
    }

    // MARK: While it is open

    mutating func saidHello() { helloDeadline = .distantFuture }

    /// The user's token is good until then.
    mutating func signedIn(until deadline: NIODeadline) { tokenDeadline = deadline }

    mutating func fragmentReceived(at now: NIODeadline) {
        if fragmentDeadline == .distantFuture { fragmentDeadline = now + fragmentTimeout }
    }

    mutating func messageReceived() { fragmentDeadline = .distantFuture }

    /// Anything was received from the peer.
    mutating func heard(at now: NIODeadline) { heartbeat.received(at: now) }

    /// Bytes were added to the outbound queue.
    mutating func wrote(_ bytes: Int) { stall.wrote(bytes) }

    /// - `waiting`: bytes in the outbound queue.
    /// - Returns: whether nothing has left the queue for too long.
    mutating func isStalled(waiting: Int, at now: NIODeadline) -> Bool {
        isOpen && stall.look(waiting: waiting, at: now)
    }

    /// - `waiting`: bytes in the outbound queue.
    mutating func timerFired(waiting: Int, at now: NIODeadline) -> TimerAction {
        switch state {
        case .closed: return .none
        case .closing(let deadline): return now < deadline ? .none : .cut
        case .open:
            if now >= helloDeadline { return .close(.noHello) }
            if now >= tokenDeadline { return .close(.signIn) }
            if now >= fragmentDeadline { return .close(.unfinishedFragments) }
            if stall.look(waiting: waiting, at: now) { return .close(.slowReader) }
            switch heartbeat.timerFired(at: now) {
            case .none: return .none
            case .ping: return .ping
            case .timeOut: return .close(.heartbeatTimeout)
            }
        }
    }

    // MARK: The end

    /// A close frame is to be sent, ours or the answer to the peer's.
    /// - Returns: whether to send it: not if the socket is already closing.
    mutating func close(until deadline: NIODeadline) -> Bool {
        guard isOpen else { return false }
        state = .closing(until: deadline)
        return true
    }

    /// A closing socket must end by then.
    mutating func hurry(until deadline: NIODeadline) {
        if case .closing(let later) = state { state = .closing(until: min(later, deadline)) }
    }

    /// The channel has ended.
    mutating func ended() -> Ending {
        defer { state = .closed }
        switch state {
        case .open: return .open
        case .closing: return .closing
        case .closed: return .closed
        }
    }
}
