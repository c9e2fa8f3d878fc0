import Testing

@testable import Supervision

@Suite struct SupervisionTreeTests {
    private struct Broken: Error, CustomStringConvertible { let description = "it broke" }

    @Test func showsEachChildAsItsEventsSay() {
        let tree = SupervisionTree()
        let start = ContinuousClock.now
        func tell(_ child: String, _ kind: SupervisionEvent.Kind) {
            tree.record(SupervisionEvent(supervisor: "node", child: child, at: start, kind: kind))
        }
        tell("relay", .started)
        tell("edge", .started)
        tell("relay", .failed(cause: Broken(), decision: .restart(after: .seconds(2))))
        var relay = SupervisionTree.Child(name: "relay", state: .waiting(until: start + .seconds(2)))
        relay.restarts = 1
        relay.lastError = "it broke"
        let edge = SupervisionTree.Child(name: "edge", state: .running(since: start))
        #expect(tree.snapshot == [.init(name: "node", children: [relay, edge])])

        tell("relay", .started)
        relay.state = .running(since: start)
        #expect(tree.snapshot[0].children[0] == relay)

        tell("relay", .failed(cause: Broken(), decision: .escalate))
        relay.state = .givenUp
        #expect(tree.snapshot[0].children[0] == relay)

        tell("edge", .finished)
        #expect(tree.snapshot[0].children[1].state == .finished)
    }
}
