import ChatModel
import ChatProtocol
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Faults 3, 4 and 5: a node stands still for a while.
    struct NodeStallTests {
        /// The longest that a suspicion of three nodes lasts, and what it takes to begin.
        private static let aftermath = Duration.seconds(4.5)

        @Test func aStallOfASecondIsNotADeath() async throws {
            try await withCluster(3) { _, nodes in
                try await nodes.waitUntilWhole()
                var watch = MembershipWatch()
                var longest = Duration.zero
                let run = FaultRun(3, "a node stopped for 1 s", on: nodes, goal: 10_000, perTick: 3)
                try await run.judge(measures: false) {
                    longest = max(longest, try await stall(nodes[run.breaks % 3], for: .seconds(1)))
                    try await watch.look(at: nodes, for: Self.aftermath)
                }
                // Unless the machine let this test stand still, too, and the node so much longer.
                if longest < .seconds(2) { #expect(watch.deaths == 0, "\(watch)") }
            }
        }

        @Test func aNodeDeclaredDeadRefutesIt() async throws {
            try await withCluster(3) { _, nodes in
                try await nodes.waitUntilWhole()
                var watch = MembershipWatch()
                let run = FaultRun(4, "a node stopped for 10 s", on: nodes, goal: 10_000, perTick: 3)
                try await run.judge(measures: false) {
                    let stalled = nodes[run.breaks % 3]
                    let others = nodes.filter { $0.name != stalled.name }
                    let stopped = ContinuousClock.now
                    stalled.signal(SIGSTOP)
                    try await others.waitUntilTold("that \(stalled.name) is dead") {
                        $0.state(of: stalled.name) == .dead
                    }
                    if FaultScale.isLong { try await Task.sleep(until: stopped + .seconds(10)) }
                    let continued = Date.now
                    stalled.signal(SIGCONT)
                    try await nodes.waitUntilWhole()
                    try await watch.look(at: nodes)
                    let time = watch.noticed(stalled.name, to: .alive, by: others, after: continued)
                    run.agreed(in: try #require(time, "\(watch)"))
                    if FaultScale.isLong { #expect(try #require(time) <= .seconds(2)) }
                } expecting: { _ in
                }
                #expect(watch.deaths == run.breaks, "only the stalled node was declared dead: \(watch)")
            }
        }

        @Test(.enabled(if: FaultScale.isLong, "five minutes"))
        func repeatedStallsOfTwoSecondsKillNobody() async throws {
            try await withCluster(3) { _, nodes in
                try await nodes.waitUntilWhole()
                var watch = MembershipWatch()
                let run = FaultRun(5, "2 s stalls for 5 min", on: nodes, goal: 1, perTick: 3)
                var random = SeededGenerator(seed: run.seed)
                try await run.judge(measures: false) {
                    let end = ContinuousClock.now + .seconds(300)
                    while ContinuousClock.now < end {
                        try await stall(nodes[Int.random(in: 0..<3, using: &random)], for: .seconds(2))
                        try await watch.look(at: nodes, for: .seconds(1))
                    }
                    try await watch.look(at: nodes, for: Self.aftermath)
                } expecting: { _ in
                }
                print("fault 5: \(watch.suspicions) suspicions")
                #expect(watch.deaths == 0, "\(watch)")
            }
        }

        /// - Returns: how long it really stood still.
        @discardableResult
        private func stall(_ node: NodeProcess, for time: Duration) async throws -> Duration {
            let began = ContinuousClock.now
            node.signal(SIGSTOP)
            try? await Task.sleep(for: time)
            node.signal(SIGCONT)
            return ContinuousClock.now - began
        }
    }
}
