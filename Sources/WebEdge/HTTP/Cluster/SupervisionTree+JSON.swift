import ChatProtocol
import NIOCore
import Supervision

/// The supervision tree as `/cluster` shows it. Times are milliseconds relative to the response.
extension ByteBuffer {
    mutating func writeJSON(_ snapshot: SupervisionTree.Snapshot, now: ContinuousClock.Instant) {
        writeJSON(literal: #"{"restarts5m":"#)
        writeJSON(snapshot.restartsWithinFiveMinutes)
        writeJSON(literal: #","tree":"#)
        writeJSON(array: snapshot.roots) { $0.writeJSON($1, now: now) }
        writeJSON(literal: "}")
    }

    private mutating func writeJSON(_ entry: SupervisionTree.Entry, now: ContinuousClock.Instant) {
        writeJSON(literal: #"{"name":"#)
        writeJSON(entry.name)
        writeJSON(literal: #","state":"#)
        writeJSON(entry.state.label)
        writeJSON(literal: #","forMs":"#)
        writeJSON((now - entry.since).wholeMilliseconds)
        if case .waiting(let next) = entry.state {
            writeJSON(literal: #","nextAttemptInMs":"#)
            writeJSON((next - now).wholeMilliseconds)
        }
        writeJSON(literal: #","restarts":"#)
        writeJSON(entry.restarts)
        if let failure = entry.lastFailure {
            writeJSON(literal: #","lastError":"#)
            writeJSON(failure.text)
            writeJSON(literal: #","lastErrorMsAgo":"#)
            writeJSON((now - failure.at).wholeMilliseconds)
        }
        if !entry.counts.isEmpty {
            writeJSON(literal: #","counts":"#)
            writeJSON(array: entry.counts) { json, count in
                json.writeJSON(literal: #"{"name":"#)
                json.writeJSON(count.name)
                json.writeJSON(literal: #","value":"#)
                json.writeJSON(count.value)
                json.writeJSON(literal: "}")
            }
        }
        if !entry.failures.isEmpty {
            writeJSON(literal: #","failures":"#)
            writeJSON(array: entry.failures.reversed()) { $0.writeJSON($1, now: now) }
        }
        writeJSON(literal: #","children":"#)
        writeJSON(array: entry.children) { $0.writeJSON($1, now: now) }
        writeJSON(literal: "}")
    }

    private mutating func writeJSON(_ failure: FailureHistory.Failure, now: ContinuousClock.Instant) {
        writeJSON(literal: #"{"name":"#)
        writeJSON(failure.name)
        writeJSON(literal: #","error":"#)
        writeJSON(failure.cause.text)
        writeJSON(literal: #","msAgo":"#)
        writeJSON((now - failure.cause.at).wholeMilliseconds)
        writeJSON(literal: #","decision":"#)
        writeJSON(failure.decision.label)
        writeJSON(literal: "}")
    }
}

extension SupervisionTree.Entry.State {
    fileprivate var label: String {
        switch self {
        case .running: "running"
        case .waiting: "waiting"
        case .finished: "finished"
        case .givenUp: "given_up"
        }
    }
}

extension RestartPolicy.Decision {
    fileprivate var label: String {
        switch self {
        case .restart: "restarted"
        case .stop, .escalate: "given_up"
        }
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int64 {
        let milliseconds = self / .milliseconds(1)
        return Int64(max(0, milliseconds.rounded(.down)))
    }
}
