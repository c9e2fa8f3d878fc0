import Supervision

/// The supervision tree as `/cluster` shows it. Times are milliseconds relative to the response.
extension SupervisionTree.Snapshot {
    func json(now: ContinuousClock.Instant) -> JSONText {
        #"""
        {"restarts5m":\#(restartsWithinFiveMinutes),"reconnects5m":\#(reconnectionsWithinFiveMinutes),\#
        "tree":\#(roots.map { $0.json(now: now) })}
        """#
    }
}

extension SupervisionTree.Entry {
    fileprivate func json(now: ContinuousClock.Instant) -> JSONText {
        let waiting: JSONText =
            if case .waiting(let next) = state { #","nextAttemptInMs":\#((next - now).wholeMilliseconds)"# } else { "" }
        let failure: JSONText? = lastFailure.map {
            #","lastError":\#($0.text),"lastErrorMsAgo":\#((now - $0.at).wholeMilliseconds)"#
        }
        let counts: [JSONText] = counts.map { #"{"name":\#($0.name),"value":\#($0.value)}"# }
        let counted: JSONText = counts.isEmpty ? "" : #","counts":\#(counts)"#
        let failures = failures.reversed().map { $0.json(now: now) }
        let failed: JSONText = failures.isEmpty ? "" : #","failures":\#(failures)"#
        return #"""
            {"name":\#(name),"state":\#(state.label),"forMs":\#((now - since).wholeMilliseconds)\#(waiting),\#
            "restarts":\#(restarts)\#(failure ?? "")\#(counted)\#(failed),\#
            "children":\#(children.map { $0.json(now: now) })}
            """#
    }
}

extension FailureHistory.Failure {
    fileprivate func json(now: ContinuousClock.Instant) -> JSONText {
        #"""
        {"name":\#(name),"error":\#(cause.text),"msAgo":\#((now - cause.at).wholeMilliseconds),\#
        "decision":\#(decision.label)}
        """#
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
