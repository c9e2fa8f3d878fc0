import ChatModel
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Faults 7 to 11: datagrams do not arrive, while Redis and the clients do not notice anything.
    @Suite(.enabled(if: NodeNetwork.isPossible, Comment(rawValue: NodeNetwork.whatItNeeds)))
    struct GossipCutTests {
        @Test(.enabled(if: FaultScale.isLong, "20 minutes"))
        func withAThirdOfAllDatagramsLostNodesAreNotTakenForDead() async throws {
            try await withNodeNetwork(3) { network, nodes in
                try await nodes.waitUntilWhole()
                var watch = MembershipWatch()
                try await FaultRun(7, "30 % of all datagrams lost for 20 min", on: nodes, goal: 1, perTick: 1).judge(
                    measures: false
                ) {
                    try network.lose(0.3)
                    try await watch.look(at: nodes, for: .seconds(1_200))
                    #expect(try network.dropped() > 0)
                    try network.heal()
                } expecting: {
                    #expect($0.isComplete, "\($0)")
                }
                print("fault 7: \(watch.deaths) deaths, \(watch.suspicions) suspicions")
                #expect(watch.deaths <= 1, "\(watch)")
            }
        }

        @Test func twoNodesThatDoNotHearEachOtherAreKeptAliveByAThird() async throws {
            try await withNodeNetwork(3) { network, nodes in
                try await nodes.waitUntilWhole()
                var watch = MembershipWatch()
                let run = FaultRun(8, "UDP cut between two of three", on: nodes, goal: 10_000, perTick: 3)
                try await run.judge(measures: false) {
                    try network.cut(from: 0, to: 1)
                    try network.cut(from: 1, to: 0)
                    try await watch.look(at: nodes, for: FaultScale.choose(quick: .seconds(6), long: .seconds(60)))
                    #expect(try network.dropped() > 0)
                    try network.heal()
                } expecting: {
                    #expect($0.isComplete, "\($0)")
                }
                #expect(watch.deaths == 0, "\(watch)")
            }
        }

        @Test(.enabled(if: FaultScale.isLong, "three minutes"))
        func aOneWayCutMakesNobodyFlap() async throws {
            try await withNodeNetwork(3) { network, nodes in
                try await nodes.waitUntilWhole()
                var watch = MembershipWatch()
                try await FaultRun(9, "UDP cut one way for 3 min", on: nodes, goal: 1, perTick: 3).judge(
                    measures: false
                ) {
                    try network.cut(from: 0, to: 1)
                    try await watch.look(at: nodes, for: .seconds(180))
                    #expect(try network.dropped() > 0)
                    try network.heal()
                } expecting: {
                    #expect($0.isComplete, "\($0)")
                }
                print("fault 9: \(watch.deaths) deaths, \(watch.suspicions) suspicions")
                #expect(watch.deaths <= 3, "\(watch)")
            }
        }

        @Test func aSplitOfGossipDoesNotReachTheChatAndHeals() async throws {
            try await withNodeNetwork(3) { network, nodes in
                try await nodes.waitUntilWhole()
                let run = FaultRun(10, "gossip split 2/1 for 30 s", on: nodes, goal: 10_000, perTick: 3)
                try await run.judge(measures: false) {
                    let began = ContinuousClock.now
                    for node in 0..<2 {
                        try network.cut(from: node, to: 2)
                        try network.cut(from: 2, to: node)
                    }
                    try await nodes.dropLast().waitUntilTold("that n3 is dead") { $0.dead == ["n3"] }
                    try await [nodes[2]].waitUntilTold("that the others are dead") { $0.dead == ["n1", "n2"] }
                    if FaultScale.isLong { try await Task.sleep(until: began + .seconds(30)) }
                    run.agreed(in: try await heal(network, nodes))
                } expecting: {
                    #expect($0.isComplete, "\($0)")
                }
            }
        }

        @Test func withoutAnyDatagramsTheChatGoesOnAndNodesSayWhatIsWrong() async throws {
            try await withNodeNetwork(3) { network, nodes in
                try await nodes.waitUntilWhole()
                let run = FaultRun(11, "all UDP dropped", on: nodes, goal: 10_000, perTick: 3)
                try await run.judge(measures: false) {
                    let began = ContinuousClock.now
                    try network.lose(1)
                    try await nodes.waitUntilTold("that something is degraded", within: .seconds(60)) {
                        !$0.degraded.isEmpty
                    }
                    for node in nodes {
                        try await eventually("\(node.name) is ready, and degraded", state: { node.log }) {
                            let answer = try await node.get("/readyz")
                            return answer.status == 200 && answer.body.contains("degraded")
                        }
                    }
                    if FaultScale.isLong { try await Task.sleep(until: began + .seconds(30)) }
                    run.agreed(in: try await heal(network, nodes))
                    try await nodes.waitUntilTold("that all is well") { $0.degraded.isEmpty }
                } expecting: {
                    #expect($0.isComplete, "\($0)")
                }
            }
        }

        /// - Returns: how long it took until all saw all.
        private func heal(_ network: NodeNetwork, _ nodes: [NodeProcess]) async throws -> Duration {
            try network.heal()
            let healed = ContinuousClock.now
            try await nodes.waitUntilWhole()
            let time = ContinuousClock.now - healed
            if FaultScale.isLong { #expect(time <= .seconds(12)) }
            return time
        }
    }
}
