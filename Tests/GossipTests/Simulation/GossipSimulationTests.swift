import Foundation
import Testing

@testable import Gossip

/// `GOSSIP_SEED=n` runs that seed alone, `GOSSIP_SEEDS=n` so many, from `GOSSIP_FIRST_SEED` on.
@Suite struct GossipSimulationTests {
    private static func setting(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    /// Side by side on so many threads.
    private static let lanes: UInt64 = 2

    private static var seeds: Range<UInt64> {
        if let seed = setting("GOSSIP_SEED") { return seed..<(seed + 1) }
        let first = setting("GOSSIP_FIRST_SEED") ?? 1
        return first..<(first + (setting("GOSSIP_SEEDS") ?? 2_000))
    }

    @Test(arguments: 0..<lanes)
    func everyInvariantHolds(lane: UInt64) throws {
        for seed in Self.seeds where seed % Self.lanes == lane {
            do {
                try Scenario(seed: seed).run()
            } catch {
                Issue.record(error)
            }
        }
    }

    @Test func aSeedRepeatsEverything() throws {
        func trace() throws -> UInt64 {
            let scenario = Scenario(seed: 7)
            try scenario.run()
            return scenario.simulation.traceHash
        }
        #expect(try trace() == trace())
    }
}
