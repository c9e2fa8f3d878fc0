import Testing

@testable import Gossip

/// Faults with a number for how bad they may be; each over several seeds.
@Suite struct SimulatedFaultTests {
    private static let seeds = 1...20 as ClosedRange<UInt64>

    private func cluster(of count: Int, seed: UInt64, loss: Double = 0.02) throws -> Simulation {
        let simulation = Simulation(seed: seed, count: count)
        try simulation.startTogether()
        simulation.network.weather.loss = loss
        try simulation.run(until: 5_000_000)
        return simulation
    }

    @Test(arguments: seeds)
    func nodesThatCannotReachEachOtherAreKeptAliveByAThird(seed: UInt64) throws {
        let simulation = try cluster(of: 3, seed: seed)
        simulation.network.cuts = [.init(from: 0, to: 1), .init(from: 1, to: 0)]
        try simulation.run(until: 125_000_000)
        #expect(simulation.changes.allSatisfy { $0.standing.status != .dead })
    }

    @Test(arguments: seeds)
    func aOneWayCutDoesNotMakeStatesFlap(seed: UInt64) throws {
        let simulation = try cluster(of: Int(2 + seed % 4), seed: seed)
        // One node hears nobody, or is heard by nobody, or two of them are apart in one direction.
        let others = simulation.nodes.indices.dropFirst()
        switch seed % 3 {
        case 0: for other in others { simulation.network.cuts.insert(.init(from: other, to: 0)) }
        case 1: for other in others { simulation.network.cuts.insert(.init(from: 0, to: other)) }
        default: simulation.network.cuts = [.init(from: 0, to: 1)]
        }
        try simulation.run(until: 305_000_000)
        for observer in simulation.nodes.indices {
            for member in simulation.nodes.indices {
                let deaths = simulation.changes.filter {
                    $0.observer == observer && $0.member == member && $0.standing.status == .dead
                }
                #expect(deaths.count <= 5, "n\(member) seen by n\(observer)")
            }
        }
    }

    @Test(arguments: seeds)
    func aStallOfASecondChangesNothing(seed: UInt64) throws {
        let simulation = try cluster(of: 3, seed: seed)
        simulation.stall(1, for: 1_000_000)
        try simulation.run(until: 20_000_000)
        #expect(simulation.changes.allSatisfy { $0.standing.status != .dead })
    }

    @Test(arguments: seeds)
    func aStallOfTenSecondsIsADeathRefutedWithinTwo(seed: UInt64) throws {
        let simulation = try cluster(of: 3, seed: seed)
        simulation.stall(1, for: 10_000_000)
        try simulation.run(until: 15_000_000)
        #expect(simulation.status(of: 1, seenBy: 0) == .dead && simulation.status(of: 1, seenBy: 2) == .dead)
        #expect(try simulation.run(for: 2_000_000) { simulation.agrees } != nil)
    }

    @Test(arguments: seeds)
    func aRestartWinsWithinTwoSeconds(seed: UInt64) throws {
        let simulation = try cluster(of: 3, seed: seed)
        simulation.crash(1)
        // Every other time its clock was put back.
        if seed % 2 == 0 { simulation.nodes[1].wallOffset = -3_600_000 }
        try simulation.start(1)
        #expect(try simulation.run(for: 2_000_000) { simulation.agrees } != nil)
    }

    /// A machine that gets another address, a container that changes its network.
    @Test(arguments: seeds, [true, false])
    func aChangedAddressIsFollowedWithoutFlapping(seed: UInt64, knows: Bool) throws {
        let simulation = try cluster(of: Int(2 + seed % 4), seed: seed, loss: 0)
        // Once everybody has heard from everybody.
        try simulation.run(until: 20_000_000)
        let moved = simulation.now
        try simulation.move(1, knows: knows)
        try simulation.run(until: moved + 120_000_000)
        // Who does not know it is believed by each as soon as it has spoken to them.
        let settled = moved + (knows ? 0 : 20_000_000)
        for change in simulation.changes where change.at > moved {
            let fine: Set<MemberStatus> = change.at > settled ? [.alive] : [.alive, .suspect]
            #expect(fine.contains(change.standing.status), "\(change)")
        }
        #expect(simulation.agrees)
        guard knows else { return }
        for observer in simulation.nodes.indices where observer != 1 {
            let record = simulation.nodes[observer].instance?.members[Simulation.name(1)]?.record
            #expect(record?.address == simulation.nodes[1].instance?.own.address)
            #expect(record?.standing.incarnation == 1)
        }
    }

    @Test(arguments: seeds)
    func aPartitionOfThirtySecondsHealsInTwelve(seed: UInt64) throws {
        let simulation = try cluster(of: 3, seed: seed)
        for one in 0..<2 {
            simulation.network.cuts.formUnion([.init(from: one, to: 2), .init(from: 2, to: one)])
        }
        try simulation.run(until: 35_000_000)
        #expect(simulation.status(of: 2, seenBy: 0) == .dead && simulation.status(of: 0, seenBy: 2) == .dead)
        simulation.network.cuts = []
        #expect(try simulation.run(for: Scenario.healLimit) { simulation.agrees } != nil)
    }
}
