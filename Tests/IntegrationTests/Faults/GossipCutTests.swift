import ChatProtocol
import TestSupport
import Testing

extension Integration {
    /// Faults 7 to 11: datagrams do not arrive, while Redis and the clients do not notice anything.
    @Suite(.enabled(if: NodeNetwork.isPossible, Comment(rawValue: NodeNetwork.whatItNeeds)))
    struct GossipCutTests {
        @Test(.enabled(if: FaultScale.isLong, "20 minutes"))
        func losingAThirdOfAllDatagramsKillsNobody() async throws {
            let watch = try await watching(
                7, "30 % of all datagrams lost for 20 min", for: .seconds(1_200), goal: 1, perTick: 1
            ) { try $0.lose(0.3) }
            #expect(watch.deaths <= 1, "\(watch)")
        }

        @Test func twoNodesThatCannotReachEachOtherAreKeptAliveByAThird() async throws {
            let time = FaultScale.choose(quick: Duration.seconds(6), long: .seconds(60))
            let watch = try await watching(8, "UDP cut between two of three", for: time, goal: 10_000) { network in
                try network.cut(from: 0, to: 1)
                try network.cut(from: 1, to: 0)
            }
            #expect(watch.deaths == 0, "\(watch)")
        }

        @Test(.enabled(if: FaultScale.isLong, "three minutes"))
        func aOneWayCutMakesNobodyFlap() async throws {
            let watch = try await watching(9, "UDP cut one way for 3 min", for: .seconds(180), goal: 1) { network in
                try network.cut(from: 0, to: 1)
            }
            #expect(watch.deaths <= 3, "\(watch)")
        }

        @Test func aGossipPartitionDoesNotAffectTheChatAndHeals() async throws {
            try await whileChatting(10, "gossip split 2/1 for 30 s", goal: 10_000) { network, nodes, run in
                let began = ContinuousClock.now
                for node in 0..<2 {
                    try network.cut(from: node, to: 2)
                    try network.cut(from: 2, to: node)
                }
                try await nodes.dropLast().waitUntilTold("that n3 is dead") { $0.dead == ["n3"] }
                try await [nodes[2]].waitUntilTold("that the others are dead") { $0.dead == ["n1", "n2"] }
                if FaultScale.isLong { try await Task.sleep(until: began + .seconds(30)) }
                run.agreed(in: try await heal(network, nodes))
            }
        }

        @Test func withoutDatagramsTheChatContinuesAndNodesReportTheProblem() async throws {
            try await whileChatting(11, "all UDP dropped", goal: 10_000) { network, nodes, run in
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
            }
        }

        /// Three nodes that know each other, and clients that talk while `fault` happens: they miss nothing.
        private func whileChatting(
            _ number: Int, _ name: String, goal: Int, perTick: Int = 3,
            _ fault: (NodeNetwork, [NodeProcess], FaultRun) async throws -> Void
        ) async throws {
            try await withNodeNetwork(3) { network, nodes in
                try await nodes.waitUntilWhole()
                let run = FaultRun(number, name, on: nodes, goal: goal, perTick: perTick)
                try await run.judge(measures: false) {
                    try await fault(network, nodes, run)
                }
            }
        }

        /// The same with a cut that lasts for `time`.
        /// - Returns: who was suspected or taken for dead meanwhile.
        private func watching(
            _ number: Int, _ name: String, for time: Duration, goal: Int, perTick: Int = 3,
            _ cut: (NodeNetwork) throws -> Void
        ) async throws -> MembershipWatch {
            var watch = MembershipWatch()
            try await whileChatting(number, name, goal: goal, perTick: perTick) { network, nodes, _ in
                try cut(network)
                try await watch.look(at: nodes, for: time)
                #expect(try network.dropped() > 0)
                try network.heal()
            }
            print("fault \(number): \(watch.deaths) deaths, \(watch.suspicions) suspicions")
            return watch
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
