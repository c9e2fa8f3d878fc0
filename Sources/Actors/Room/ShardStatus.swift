import Supervision
import Synchronization

/// How the rooms of one event loop fare, for whoever looks at the supervision tree: written when rooms and members come,
/// go or fail, read from any thread even when the loop is stuck.
final class ShardStatus: Sendable {
    let since = ContinuousClock.now
    let rooms = Atomic(0)
    /// Members are connections: one a socket and room.
    let members = Atomic(0)
    /// Taken by the log from members of these rooms, since the start.
    let messages = Atomic(0)
    private let name: String
    private let history: Mutex<FailureHistory>

    init(name: String) {
        self.name = name
        history = Mutex(FailureHistory(origin: since))
    }

    func failed(
        _ name: String, _ error: any Error, at now: ContinuousClock.Instant, _ decision: RestartPolicy.Decision
    ) {
        history.withLock { $0.record(name, error, at: now, decision: decision) }
    }

    var entry: SupervisionTree.Entry {
        let history = history.withLock { $0 }
        var entry = SupervisionTree.Entry(name: name, since: since)
        entry.restarts = history.restarts
        entry.lastFailure = history.failures.last?.cause
        entry.failures = history.failures
        entry.counts = [
            .init("rooms", rooms.load(ordering: .relaxed)), .init("connections", members.load(ordering: .relaxed)),
        ]
        return entry
    }

    func restartsWithinFiveMinutes(of now: ContinuousClock.Instant) -> Int {
        history.withLock { $0.restartsWithinFiveMinutes(of: now) }
    }
}
