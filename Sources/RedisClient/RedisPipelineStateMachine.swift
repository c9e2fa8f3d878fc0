internal import DequeModule
internal import NIOCore

/// The pending commands of one connection. Redis replies in order, so a reply belongs to the oldest command.
///
/// A command past its deadline stays in the queue until its late reply, which is dropped. No command is ever sent
/// twice. `Token` is what the owner needs to complete a command.
///
/// ```
///   send ─▶ [ expired | expired | waiting | waiting | waiting ] ─▶ received
///             oldest     (answers dropped)   (answers complete)
/// ```
struct RedisPipelineStateMachine<Token> {
    struct Limits: Sendable {
        /// A command without a reply for this long fails.
        var deadline: TimeAmount
        /// The connection counts as lost once its oldest command has had no reply for this long.
        var lostAfter: TimeAmount
        var maximumCommands: Int
        var maximumBytes: Int
    }

    private struct Pending {
        /// `nil` once the command has expired.
        var token: Token?
        let bytes: Int
        let sentAt: NIODeadline
    }

    private enum State {
        case open
        case closed
    }

    private let limits: Limits
    private var state = State.open
    private var pending: Deque<Pending> = []
    private var pendingBytes = 0
    /// All commands have the same deadline, so the expired ones are the oldest.
    private var expired = 0

    init(limits: Limits) {
        self.limits = limits
    }

    var isIdle: Bool { pending.isEmpty }

    /// The command that the next reply belongs to; `nil`: none, or one that has expired.
    var oldest: Token? { pending.first?.token }

    enum SendAction: Equatable {
        case write
        case refuse(RedisError.Code)
    }

    mutating func send(_ token: Token, bytes: Int, now: NIODeadline) -> SendAction {
        switch state {
        case .closed:
            return .refuse(.notConnected)
        case .open:
            // Always accept a single command: with a lower limit on bytes it could never be sent.
            guard pending.count < limits.maximumCommands,
                pending.isEmpty || bytes <= limits.maximumBytes - min(pendingBytes, limits.maximumBytes)
            else { return .refuse(.overloaded) }
            pending.append(Pending(token: token, bytes: bytes, sentAt: now))
            pendingBytes += bytes
            return .write
        }
    }

    enum ReceiveAction {
        case complete(Token, sentAt: NIODeadline)
        /// The reply to an expired command, or after closing.
        case drop
        /// No command was pending.
        case violation
    }

    mutating func received() -> ReceiveAction {
        switch state {
        case .closed:
            return .drop
        case .open:
            guard let oldest = pending.popFirst() else { return .violation }
            pendingBytes -= oldest.bytes
            guard let token = oldest.token else {
                expired -= 1
                return .drop
            }
            return .complete(token, sentAt: oldest.sentAt)
        }
    }

    struct TickAction {
        /// Commands whose deadline has passed, oldest first.
        var timedOut: [Token] = []
        /// Give the connection up.
        var lost = false
        /// When to tick again; `nil`: not before the next `send`.
        var next: NIODeadline?
    }

    mutating func tick(now: NIODeadline) -> TickAction {
        var action = TickAction()
        guard case .open = state, let oldest = pending.first else { return action }
        while expired < pending.count, pending[expired].sentAt + limits.deadline <= now {
            if let token = pending[expired].token { action.timedOut.append(token) }
            pending[expired].token = nil
            expired += 1
        }
        action.lost = oldest.sentAt + limits.lostAfter <= now
        action.next = oldest.sentAt + limits.lostAfter
        if expired < pending.count {
            action.next = min(oldest.sentAt + limits.lostAfter, pending[expired].sentAt + limits.deadline)
        }
        return action
    }

    /// The connection has ended. Returns the commands left without a reply, oldest first.
    mutating func close() -> [Token] {
        switch state {
        case .closed:
            return []
        case .open:
            let tokens = pending.compactMap(\.token)
            state = .closed
            pending = []
            pendingBytes = 0
            expired = 0
            return tokens
        }
    }
}
