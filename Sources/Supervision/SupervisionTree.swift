import Synchronization

/// Who runs under whom, how often it was restarted, and why: what `/cluster` and `webchat actors` show.
///
/// One a process, fed by every `Supervisor`; may be read from any thread.
package final class SupervisionTree: Sendable {
    package struct Supervisor: Hashable, Sendable {
        package let name: String
        /// In the order in which they were first started.
        package var children: [Child]
    }

    package struct Child: Hashable, Sendable {
        package enum State: Hashable, Sendable {
            case running(since: ContinuousClock.Instant)
            /// It failed and is started again then.
            case waiting(until: ContinuousClock.Instant)
            case finished
            /// It failed and is not started again.
            case givenUp
        }

        package let name: String
        package var state: State
        package var restarts = 0
        package var lastError: String?
    }

    private let supervisors = Mutex<[Supervisor]>([])

    package init() {}

    /// In the order in which they first started a child.
    package var snapshot: [Supervisor] { supervisors.withLock { $0 } }

    package func record(_ event: SupervisionEvent) {
        supervisors.withLock { $0.record(event) }
    }
}

extension [SupervisionTree.Supervisor] {
    fileprivate mutating func record(_ event: SupervisionEvent) {
        let index = firstIndex { $0.name == event.supervisor } ?? endIndex
        if index == endIndex { append(.init(name: event.supervisor, children: [])) }
        self[index].children.record(event)
    }
}

extension [SupervisionTree.Child] {
    fileprivate mutating func record(_ event: SupervisionEvent) {
        let index = firstIndex { $0.name == event.child } ?? endIndex
        if index == endIndex { append(.init(name: event.child, state: .running(since: event.at))) }
        switch event.kind {
        case .started:
            self[index].state = .running(since: event.at)
        case .finished:
            self[index].state = .finished
        case .failed(let cause, let decision):
            self[index].lastError = String(describing: cause)
            switch decision {
            case .restart(let delay):
                self[index].restarts += 1
                self[index].state = .waiting(until: event.at + delay)
            case .stop, .escalate:
                self[index].state = .givenUp
            }
        }
    }
}
