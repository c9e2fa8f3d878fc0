import Synchronization

/// Which services run under which supervisor, how often they restarted, and why. `/cluster` and `webchat actors` show
/// it.
///
/// One per process, thread-safe. Every `Supervisor` reports its children's events; a child that is itself a supervisor
/// is linked by name. A `PassiveSupervisor` is asked on demand.
package final class SupervisionTree: Sendable {
    package struct Entry: Hashable, Sendable {
        package enum State: Hashable, Sendable {
            case running
            /// It failed and will restart at that time.
            case waiting(until: ContinuousClock.Instant)
            case finished
            /// It failed and will not restart.
            case givenUp
        }

        package let name: String
        package var state = State.running
        /// When the current state began.
        package var since: ContinuousClock.Instant
        package var restarts = 0
        package var lastFailure: FailureCause?
        /// Numbers of what it supervises, by kind.
        package var counts: [Count] = []
        /// The last failures of what it supervises without an entry, oldest first.
        package var failures: [FailureHistory.Failure] = []
        package var children: [Entry] = []

        package init(name: String, since: ContinuousClock.Instant) {
            self.name = name
            self.since = since
        }
    }

    package struct Count: Hashable, Sendable {
        package let name: String
        package let value: Int

        package init(_ name: String, _ value: Int) {
            self.name = name
            self.value = value
        }
    }

    package struct Snapshot: Hashable, Sendable {
        /// Of connections too.
        package let restartsWithinFiveMinutes: Int
        package let reconnectionsWithinFiveMinutes: Int
        package let roots: [Entry]
    }

    private struct State {
        /// Supervisors with their children, in the order of their first events.
        var supervisors: [Entry] = []
        var passive: [any PassiveSupervisor] = []
        var recentRestarts: RecentCount
        var recentReconnections: RecentCount
    }

    private let state: Mutex<State>

    package init(now: ContinuousClock.Instant = .now) {
        let none = RecentCount(origin: now)
        state = Mutex(State(recentRestarts: none, recentReconnections: none))
    }

    package func add(_ supervisor: any PassiveSupervisor) {
        state.withLock { $0.passive.append(supervisor) }
    }

    package func record(_ event: SupervisionEvent) {
        state.withLock { state in
            state.supervisors.record(event)
            guard case .failed(_, .restart) = event.kind else { return }
            state.recentRestarts.add(at: event.at)
            if event.isConnection { state.recentReconnections.add(at: event.at) }
        }
    }

    /// A child that is itself a supervisor has been removed: nothing of it is shown any more.
    package func forget(_ child: String, of supervisor: String) {
        state.withLock { state in
            state.supervisors.removeAll { $0.name == child }
            guard let index = state.supervisors.firstIndex(where: { $0.name == supervisor }) else { return }
            state.supervisors[index].children.removeAll { $0.name == child }
        }
    }

    package func snapshot(now: ContinuousClock.Instant = .now) -> Snapshot {
        let (supervisors, passive, own, reconnections) = state.withLock {
            ($0.supervisors, $0.passive, $0.recentRestarts.count(at: now), $0.recentReconnections.count(at: now))
        }
        let nested = Set(supervisors.flatMap { $0.children.map(\.name) })
        let roots = supervisors.filter { !nested.contains($0.name) }.map { Self.complete($0, from: supervisors) }
        return Snapshot(
            restartsWithinFiveMinutes: passive.reduce(own) { $0 + $1.restartsWithinFiveMinutes(of: now) },
            reconnectionsWithinFiveMinutes: reconnections, roots: roots + passive.map(\.entry))
    }

    /// A supervisor's entry with its nested supervisors filled in.
    private static func complete(_ entry: Entry, from supervisors: [Entry]) -> Entry {
        var entry = entry
        for index in entry.children.indices {
            guard let supervisor = supervisors.first(where: { $0.name == entry.children[index].name }) else { continue }
            entry.children[index].children = complete(supervisor, from: supervisors).children
        }
        return entry
    }
}

/// Supervises what has no `run()`, such as actors on event loops. Reports their state at any time, from any thread,
/// without waiting for them.
package protocol PassiveSupervisor: Sendable {
    var entry: SupervisionTree.Entry { get }
    func restartsWithinFiveMinutes(of now: ContinuousClock.Instant) -> Int
}

extension [SupervisionTree.Entry] {
    fileprivate mutating func record(_ event: SupervisionEvent) {
        let supervisor = index(of: event.supervisor, at: event.at)
        let child = self[supervisor].children.index(of: event.child, at: event.at)
        self[supervisor].children[child].record(event)
    }

    private mutating func index(of name: String, at now: ContinuousClock.Instant) -> Int {
        if let index = firstIndex(where: { $0.name == name }) { return index }
        append(SupervisionTree.Entry(name: name, since: now))
        return endIndex - 1
    }
}

extension SupervisionTree.Entry {
    fileprivate mutating func record(_ event: SupervisionEvent) {
        since = event.at
        switch event.kind {
        case .started:
            state = .running
        case .finished:
            state = .finished
        case .failed(let cause, let decision):
            lastFailure = FailureCause(cause, at: event.at)
            switch decision {
            case .restart(let delay):
                restarts += 1
                state = .waiting(until: event.at + delay)
            case .stop, .escalate:
                state = .givenUp
            }
        }
    }
}
