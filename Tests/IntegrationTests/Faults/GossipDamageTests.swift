import ChatProtocol
import Foundation
import TestSupport
import Testing

#if os(Linux)
    extension Integration {
        /// Faults 12 and 13: datagrams come twice, late, damaged, or once more after a long time.
        struct GossipDamageTests {
            private static func fate(_ fate: String) -> String { #"webchat_gossip_datagrams_total{result="\#(fate)"}"# }

            @Test func doubledLateAndDamagedDatagramsAreCountedAndChangeNothing() async throws {
                try await withDatagramProxy(3, seed: FaultScale.seed()) { proxy, nodes in
                    try await nodes.waitUntilWhole()
                    #expect(try await nodes.metric(Self.fate("unsealed")) == 0)
                    var watch = MembershipWatch()
                    let run = FaultRun(12, "datagrams doubled, reordered, damaged", on: nodes, goal: 10_000, perTick: 3)
                    try await run.judge(measures: false) {
                        await proxy.set(.init(doubled: 0.3, damaged: 0.1, late: 0.3))
                        try await watch.look(at: nodes, for: FaultScale.choose(quick: .seconds(5), long: .seconds(60)))
                        await proxy.set(.init())
                    }
                    let counts = await proxy.counts
                    #expect(counts.damaged > 0 && counts.doubled > 0 && counts.late > 0, "\(counts)")
                    try await eventually("each damaged one is counted") {
                        try await nodes.metric(Self.fate("unsealed")) >= Double(counts.damaged)
                    }
                    #expect(try await nodes.metric(Self.fate("replayed")) > 0)
                    #expect(watch.deaths == 0, "\(watch)")
                    try await nodes.waitUntilWhole()
                }
            }

            @Test func oldDatagramsAreCountedAndChangeNothing() async throws {
                try await withDatagramProxy(3, seed: FaultScale.seed()) { proxy, nodes in
                    try await nodes.waitUntilWhole()
                    let run = FaultRun(13, "old datagrams sent again", on: nodes, goal: 1, perTick: 3)
                    try await run.judge(measures: false) {
                        try await repeatEverything(proxy, to: nodes)
                        // A life has another salt: what was meant for the last one is as old.
                        nodes[2].signal(SIGKILL)
                        try await nodes[2].waitForExit()
                        try nodes[2].start()
                        try await nodes[2].waitUntilReady()
                        try await nodes.waitUntilWhole()
                        try await repeatEverything(proxy, to: nodes)
                    }
                }
            }

            /// That a node is suspected may have other reasons, on a machine that is busy; that it is dead may not.
            private func repeatEverything(_ proxy: DatagramProxy, to nodes: [NodeProcess]) async throws {
                var watch = MembershipWatch()
                try await watch.look(at: nodes)
                let deaths = watch.deaths
                for (index, node) in nodes.enumerated() {
                    let count = await proxy.recorded(for: index)
                    #expect(count > 0)
                    for first in stride(from: 0, to: count, by: 50) {
                        let some = first..<min(first + 50, count)
                        let counted = try await refused(node)
                        await proxy.repeatRecorded(some, to: index)
                        try await eventually("each of them is counted") {
                            try await refused(node) >= counted + Double(some.count)
                        }
                    }
                }
                try await nodes.waitUntilWhole()
                try await watch.look(at: nodes)
                #expect(watch.deaths == deaths, "\(watch)")
            }

            /// Replayed, or meant for another life.
            private func refused(_ node: NodeProcess) async throws -> Double {
                try await node.metric(Self.fate("replayed")) + node.metric(Self.fate("challenged"))
            }
        }
    }
#endif
