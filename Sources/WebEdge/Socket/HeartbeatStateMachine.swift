import NIOCore

/// Detects dead peers: a ping after `interval` of silence, the end after another `patience` (`docs/protocol.md`,
/// section 1).
///
/// Pure. Input only updates a time; the one timer checks it when it fires, and is then set again.
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

    /// When to call `timerFired` next.
    var deadline: NIODeadline {
        switch state {
        case .listening: heard + interval
        case .pinged(let pinged): pinged + patience
        }
    }

    /// Anything was received from the peer.
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
