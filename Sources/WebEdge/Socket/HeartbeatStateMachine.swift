import NIOCore

/// Whether the other side is still there: a ping after `interval` without anything from it, the end after another
/// `patience` of silence (`docs/protocol.md`, section 1).
///
/// Pure. What is received only moves a time; the one timer finds that out when it fires, and is set anew then.
struct HeartbeatStateMachine {
    enum Action: Equatable {
        /// Nothing is due before `deadline`.
        case none
        case ping
        case timeOut
    }

    private enum State {
        case listening
        case pinged(NIODeadline)
    }

    private let interval: TimeAmount
    private let patience: TimeAmount
    private var state = State.listening
    private var heard: NIODeadline

    init(interval: TimeAmount, patience: TimeAmount, now: NIODeadline) {
        self.interval = interval
        self.patience = patience
        self.heard = now
    }

    /// When to ask again.
    var deadline: NIODeadline {
        switch state {
        case .listening: heard + interval
        case .pinged(let pinged): pinged + patience
        }
    }

    /// Anything at all has come from the other side.
    mutating func received(at now: NIODeadline) {
        state = .listening
        heard = now
    }

    mutating func timerFired(at now: NIODeadline) -> Action {
        guard now >= deadline else { return .none }
        switch state {
        case .listening:
            state = .pinged(now)
            return .ping
        case .pinged:
            return .timeOut
        }
    }
}
