import Testing

@testable import Supervision

@Suite struct SupervisionTreeTests {
    private struct Broken: Error, CustomStringConvertible { let description = "it broke" }

    private let start = ContinuousClock.now
    private let tree: SupervisionTree

    init() {
        tree = SupervisionTree(now: start)
    }

    private func tell(
        _ child: String, _ kind: SupervisionEvent.Kind, of supervisor: String = "node", at seconds: Double = 0
    ) {
        tree.record(SupervisionEvent(supervisor: supervisor, child: child, at: start + .seconds(seconds), kind: kind))
    }

    private func entry(_ name: String, _ children: [SupervisionTree.Entry] = []) -> SupervisionTree.Entry {
        var entry = SupervisionTree.Entry(name: name, since: start)
        entry.children = children
        return entry
    }

    @Test func eachChildIsShownAsItsEventsSay() {
        tell("relay", .started)
        tell("probe", .started)
        tell("relay", .failed(cause: Broken(), decision: .restart(after: .seconds(2))), at: 1)
        var relay = entry("relay")
        relay.state = .waiting(until: start + .seconds(3))
        relay.since = start + .seconds(1)
        relay.restarts = 1
        relay.lastFailure = FailureCause(Broken(), at: start + .seconds(1))
        #expect(tree.snapshot().roots == [entry("node", [relay, entry("probe")])])

        tell("relay", .started, at: 3)
        relay.state = .running
        relay.since = start + .seconds(3)
        #expect(tree.snapshot().roots[0].children[0] == relay)

        tell("relay", .failed(cause: Broken(), decision: .escalate), at: 4)
        relay.state = .givenUp
        relay.since = start + .seconds(4)
        relay.lastFailure = FailureCause(Broken(), at: start + .seconds(4))
        #expect(tree.snapshot().roots[0].children[0] == relay)

        tell("probe", .finished)
        #expect(tree.snapshot().roots[0].children[1].state == .finished)
    }

    @Test func aNestedSupervisorIsShownInItsPlace() {
        tell("http", .started, of: "edge")
        tell("edge", .started, of: "node")
        tell("probe", .started, of: "node")
        #expect(tree.snapshot().roots == [entry("node", [entry("edge", [entry("http")]), entry("probe")])])
    }

    @Test func restartsOfTheLastFiveMinutesAreCounted() {
        let failure = SupervisionEvent.Kind.failed(cause: Broken(), decision: .restart(after: .zero))
        for second in [0, 5, 200, 290] { tell("relay", failure, at: Double(second)) }
        tell("relay", .failed(cause: Broken(), decision: .stop), at: 295)
        func restarts(at second: Double) -> Int {
            tree.snapshot(now: start + .seconds(second)).restartsWithinFiveMinutes
        }
        #expect(restarts(at: 295) == 4)
        #expect(restarts(at: 311) == 2)
        #expect(restarts(at: 505) == 1)
        #expect(restarts(at: 10_000) == 0)
        tell("relay", failure, at: 10_000)
        #expect(restarts(at: 10_001) == 1)
    }

    @Test func restartsOfConnectionsAreCountedApartToo() {
        let failure = SupervisionEvent.Kind.failed(cause: Broken(), decision: .restart(after: .zero))
        tell("probe", failure)
        for second in 1...3 {
            tree.record(
                SupervisionEvent(
                    supervisor: "node", child: "redis", isConnection: true, at: start + .seconds(second), kind: failure)
            )
        }
        let snapshot = tree.snapshot(now: start + .seconds(4))
        #expect(snapshot.restartsWithinFiveMinutes == 4 && snapshot.reconnectionsWithinFiveMinutes == 3)
    }

    @Test func passiveChildrenAreQueriedWhenShown() {
        struct Rooms: PassiveSupervisor {
            let entry: SupervisionTree.Entry
            func restartsWithinFiveMinutes(of now: ContinuousClock.Instant) -> Int { 3 }
        }
        tree.add(Rooms(entry: entry("rooms")))
        tell("relay", .failed(cause: Broken(), decision: .restart(after: .zero)))
        let snapshot = tree.snapshot(now: start)
        #expect(snapshot.roots.map(\.name) == ["node", "rooms"])
        #expect(snapshot.restartsWithinFiveMinutes == 4)
    }

    @Test func theHistoryKeepsTheLastFailuresAndCountsAll() {
        var history = FailureHistory(origin: start)
        for number in 0..<50 {
            history.record("room \(number)", Broken(), at: start, decision: .restart(after: .zero))
        }
        history.record("room 50", Broken(), at: start, decision: .escalate)
        #expect(history.failures.count == FailureHistory.limit)
        #expect(history.failures.last?.name == "room 50")
        #expect(history.restarts == 50)
        #expect(history.restartsWithinFiveMinutes(of: start) == 50)
    }

    @Test func longErrorTextsAreTruncated() {
        struct Chatty: Error, CustomStringConvertible { let description = String(repeating: "x", count: 10_000) }
        #expect(FailureCause(Chatty(), at: start).text.count == 300)
    }
}
