import ChatClient
import ChatModel
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Faults 1, 2 and 6: nodes are killed under load, one or two of three, and are or are not back at once.
    struct NodeCrashTests {
        @Test(arguments: [1, 2])
        func clientsOfKilledNodesReconnectElsewhereAndMissNothing(count: Int) async throws {
            let seed = FaultScale.seed()
            try await withCluster(3) { _, nodes in
                let crowd = Crowd(12, on: nodes, rooms: ["lobby", "lounge"].compactMap { RoomName($0) })
                defer { crowd.stop() }
                try await crowd.start()
                var noticed: [Duration] = []
                for round in 0..<FaultScale.choose(quick: 1, long: 10) {
                    try await nodes.waitUntilWhole()
                    // A different node survives each round.
                    let killed = (0..<count).map { nodes[(round + $0) % 3] }
                    let survivors = nodes.filter { node in !killed.contains { $0.name == node.name } }
                    noticed += try await kill(
                        killed, leaving: survivors, crowd, round: round, seed: seed &+ UInt64(round))
                    for node in killed { try node.start() }
                    for node in killed { try await node.waitUntilReady() }
                }
                let verdict = try await crowd.judge(seed: seed)
                #expect(crowd.record.connections > crowd.clients.count)
                noticed.sort()
                if FaultScale.isLong, count == 1 {
                    #expect(noticed[noticed.count / 2] <= .seconds(5), "\(noticed)")
                }
                try FaultReport(
                    fault: count, title: "\(count) of 3 nodes killed", verdict: verdict, timeToAgree: noticed.last,
                    seed: seed
                ).record()
            }
        }

        /// - Returns: for each of the killed how long it took until every survivor had it for dead.
        private func kill(
            _ nodes: [NodeProcess], leaving survivors: [NodeProcess], _ crowd: Crowd, round: Int, seed: UInt64
        ) async throws -> [Duration] {
            var killed: [(node: NodeProcess, at: Date)] = []
            let watch = try await crowd.talking(
                perSecond: FaultScale.choose(quick: 100, long: 400),
                atLeast: FaultScale.choose(quick: 200, long: 4_000),
                key: "round-\(round)", seed: seed
            ) {
                for node in nodes {
                    node.signal(SIGKILL)
                    killed.append((node, .now))
                    try await node.waitForExit()
                    try await crowd.waitUntilLive()
                }
                try await survivors.waitUntilTold("that the others are dead") { told in
                    nodes.allSatisfy { told.state(of: $0.name) == .dead }
                }
            }
            #expect(watch.absence(1) <= CrowdWatch.promisedAbsence)
            try await crowd.waitUntilSettled(within: .seconds(30))
            var membership = MembershipWatch()
            try await membership.look(at: survivors)
            return try killed.map { node, at in
                try #require(membership.noticed(node.name, to: .dead, by: survivors, after: at), "\(membership)")
            }
        }

        /// It comes back before anybody has missed it.
        @Test func aNodeRestartedAtOnceIsKnownByItsNewIncarnation() async throws {
            try await withCluster(3) { _, nodes in
                try await nodes.waitUntilWhole()
                let run = FaultRun(6, "a node killed and restarted at once", on: nodes, goal: 10_000, perTick: 3)
                try await run.judge(measures: false) {
                    let node = nodes[run.breaks % 3]
                    let old = try #require(try await node.cluster().generation(of: node.name))
                    node.signal(SIGKILL)
                    try await node.waitForExit()
                    try node.start()
                    let started = ContinuousClock.now
                    try await node.waitUntilReady()
                    try await nodes.waitUntilTold("that \(node.name) lives anew") {
                        $0.state(of: node.name) == .alive && $0.generation(of: node.name) ?? 0 > old
                    }
                    let time = ContinuousClock.now - started
                    run.agreed(in: time)
                    if FaultScale.isLong { #expect(time <= .seconds(2)) }
                    try await nodes.waitUntilWhole()
                }
            }
        }
    }
}
