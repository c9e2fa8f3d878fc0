import Supervision
import Synchronization

/// The status of one event loop's rooms, for the supervision tree: written when rooms and members come, go or fail,
/// readable from any thread even when the loop is stuck.
final class ShardStatus: Sendable {
    let since = ContinuousClock.now
    let rooms = Atomic(0)
    /// Connections: one per socket and room.
    let members = Atomic(0)
    /// Messages that the log took from members of these rooms, since the start.
    let messages = Atomic(0)
    /// Bytes of drafts that wait for a call to the relay.
    let waitingBytes = Atomic(0)
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
