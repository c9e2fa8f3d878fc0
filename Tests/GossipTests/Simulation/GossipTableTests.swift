import Foundation
import Testing

@testable import Gossip

/// Measures what docs/gossip.md says: `make gossip-table`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["GOSSIP_TABLE"] != nil)) struct GossipTableTests {
    private static let losses = [0.0, 0.05, 0.2, 0.3]
    private static let counts = (ProcessInfo.processInfo.environment["GOSSIP_TABLE_NODES"] ?? "3,5,8,32,128,1000")
        .split(separator: ",").compactMap { Int($0) }

    @Test func theTableOfTheDocumentation() throws {
        print(
            "| nodes | loss | crash seen by all, p50 / p99 | leave told to all, p50 / p99 | datagrams a node and second |"
        )
        print("|---|---|---|---|---|")
        for count in Self.counts {
            for loss in Self.losses {
                let trials = count <= 8 ? 300 : count <= 32 ? 60 : count <= 128 ? 20 : 2
                var crashes: [Double] = []
                var leaves: [Double] = []
                var rates: [Double] = []
                for seed in 1...trials {
                    let trial = try Trial(seed: UInt64(seed), count: count, loss: loss)
                    if seed <= (count <= 32 ? 10 : 1) { rates.append(try trial.rate()) }
                    crashes.append(try trial.crash())
                    leaves.append(try trial.leave())
                }
                let rate = String(format: "%.1f", rates.reduce(0, +) / Double(rates.count))
                print("| \(count) | \(Int(loss * 100)) % | \(Self.row(crashes)) s | \(Self.row(leaves)) s | \(rate) |")
            }
        }
    }

    @Test func theFalseDeathsOfTheDocumentation() throws {
        print("| nodes | loss | stalls | hours | false deaths |")
        print("|---|---|---|---|---|")
        for count in Self.counts where count <= 32 {
            for (loss, isStalling) in [(0.2, false), (0.3, false), (0.05, true)] {
                let trials = count <= 8 ? 24 : 6
                var deaths = 0
                for seed in 1...trials {
                    deaths += try Trial(seed: UInt64(seed), count: count, loss: loss).falseDeaths(isStalling)
                }
                let stalls = isStalling ? "0.1 to 2 s, one every 2 s" : "none"
                print("| \(count) | \(Int(loss * 100)) % | \(stalls) | \(trials / 6) | \(deaths) |")
            }
        }
    }

    private static func row(_ values: [Double]) -> String {
        let sorted = values.sorted()
        let p99 = sorted[min(sorted.count - 1, Int((Double(sorted.count) * 0.99).rounded(.up)) - 1)]
        return String(format: "%.2f / %.2f", sorted[sorted.count / 2], p99)
    }
}

/// One cluster in steady weather.
private struct Trial {
    let simulation: Simulation

    init(seed: UInt64, count: Int, loss: Double) throws {
        simulation = Simulation(seed: seed, count: count)
        simulation.isJudged = false
        simulation.network.weather.loss = loss
        try simulation.startTogether()
        try simulation.run(until: 2_000_000)
    }

    /// Counts what they send once they have settled.
    func rate() throws -> Double {
        var attributes = NodeAttributes()
        attributes.httpAddress = "10.0.0.1:8080"
        attributes.version = "1.0.0"
        for index in simulation.nodes.indices { try simulation.step(index, .attributes(attributes.bytes)) }
        try simulation.run(until: 20_000_000)
        let before = simulation.network.sent
        try simulation.run(until: 30_000_000)
        return Double(simulation.network.sent - before) / Double(simulation.nodes.count) / 10
    }

    func crash() throws -> Double {
        try simulation.run(until: simulation.now + Int64.random(in: 0..<5_000_000, using: &simulation.random))
        let lost = simulation.up.randomElement(using: &simulation.random)!
        simulation.crash(lost)
        return try spread(about: lost)
    }

    func leave() throws -> Double {
        let leaving = simulation.up.randomElement(using: &simulation.random)!
        try simulation.step(leaving, .leave)
        return try spread(about: leaving)
    }

    /// - Returns: seconds until the last of those who run knows that it is gone.
    private func spread(about member: Int) throws -> Double {
        let start = simulation.now
        var unaware = Set(simulation.up.filter { $0 != member })
        var looked = simulation.changes.count
        var last = start
        _ = try simulation.run(for: 120_000_000) {
            for change in simulation.changes[looked...] where change.member == member && !change.standing.status.isLive
            {
                if unaware.remove(change.observer) != nil { last = change.at }
            }
            looked = simulation.changes.count
            return unaware.isEmpty
        }
        try #require(unaware.isEmpty, "seed \(simulation.seed): after two minutes not all know")
        return Double(last - start) / 1_000_000
    }

    /// In ten minutes.
    func falseDeaths(_ isStalling: Bool) throws -> Int {
        while simulation.now < 600_000_000 {
            try simulation.run(until: simulation.now + 2_000_000)
            guard isStalling else { continue }
            simulation.stall(
                simulation.up.randomElement(using: &simulation.random)!,
                for: Int64.random(in: 100_000...2_000_000, using: &simulation.random))
        }
        let deaths = simulation.changes.filter { $0.standing.status == .dead && $0.isUp }
        return Set(deaths.map { [UInt64($0.member), $0.standing.generation, UInt64($0.standing.incarnation)] }).count
    }
}
