@testable import Gossip

/// A cluster's bad day, drawn from a seed: it starts, is disturbed for half a minute, is left alone, loses one node.
struct Scenario {
    /// A healed split of any length has to be forgotten after this time.
    static let healLimit: Microseconds = 12_000_000

    let simulation: Simulation

    init(seed: UInt64, parameters: GossipParameters = GossipParameters()) {
        var random = GossipRandom(seed: seed ^ 0x5EED)
        simulation = Simulation(seed: seed, count: Int.random(in: 2...8, using: &random), parameters: parameters)
    }

    func run() throws {
        try start()
        try disturb()
        try heal()
        try loseOne()
        try rest()
    }

    private func start() throws {
        for index in simulation.nodes.indices {
            simulation.start(index, at: Int64.random(in: 0...2_000_000, using: &simulation.random))
        }
        simulation.network.weather = weather(maximumLoss: 0.3)
        try simulation.run(until: 8_000_000)
    }

    private func weather(maximumLoss: Double) -> SimulatedNetwork.Weather {
        var weather = SimulatedNetwork.Weather()
        weather.loss = [0, 0.05, 0.2, 0.3].filter { $0 <= maximumLoss }.randomElement(using: &simulation.random)!
        weather.doubled = Double.random(in: 0...0.05, using: &simulation.random)
        weather.damaged = Double.random(in: 0...0.02, using: &simulation.random)
        weather.late = Double.random(in: 0...0.1, using: &simulation.random)
        return weather
    }

    private func disturb() throws {
        for _ in 0..<Int.random(in: 2...8, using: &simulation.random) {
            try disturbOnce()
            try simulation.run(until: simulation.now + Int64.random(in: 0...8_000_000, using: &simulation.random))
        }
    }

    private enum Fault: CaseIterable {
        case oneWay, split, mend, stall, clock, crash, restart, restartInThePast, leave, weather
    }

    private func disturbOnce() throws {
        let count = simulation.nodes.count
        let index = Int.random(in: 0..<count, using: &simulation.random)
        switch Fault.allCases.randomElement(using: &simulation.random)! {
        case .oneWay:
            let to = Int.random(in: 0..<count, using: &simulation.random)
            simulation.network.cuts.insert(.init(from: index, to: to))
        case .split:
            let side = (0..<count).map { _ in Bool.random(using: &simulation.random) }
            for from in 0..<count {
                for to in 0..<count where side[from] != side[to] {
                    simulation.network.cuts.insert(.init(from: from, to: to))
                }
            }
        case .mend: simulation.network.cuts = []
        case .stall: simulation.stall(index, for: Int64.random(in: 100_000...10_000_000, using: &simulation.random))
        case .clock: moveClock(of: index, by: Int64.random(in: -36_000_000...36_000_000, using: &simulation.random))
        case .crash: simulation.crash(index)
        case .restart:
            simulation.crash(index)
            try simulation.start(index)
        case .restartInThePast:
            simulation.crash(index)
            moveClock(of: index, by: -Int64.random(in: 1...36_000_000, using: &simulation.random))
            try simulation.start(index)
        case .leave:
            if simulation.nodes[index].isUp, !simulation.nodes[index].isStalled { try simulation.step(index, .leave) }
        case .weather: simulation.network.weather = weather(maximumLoss: 0.3)
        }
    }

    /// Generations of clocks that are a day apart are refused, also long after the clock was put right: that is not what
    /// is looked at here.
    private func moveClock(of index: Int, by milliseconds: Int64) {
        let offset = simulation.nodes[index].wallOffset + milliseconds
        simulation.nodes[index].wallOffset = min(max(offset, -40_000_000), 40_000_000)
    }

    private func heal() throws {
        simulation.network.cuts = []
        simulation.network.weather = weather(maximumLoss: 0.05)
        for index in simulation.nodes.indices {
            if simulation.nodes[index].isStalled { try simulation.resume(index) }
            if simulation.nodes[index].instance?.phase == .leaving { simulation.crash(index) }
            if !simulation.nodes[index].isUp { try simulation.start(index) }
        }
        guard
            try simulation.run(
                for: Self.healLimit, until: { simulation.up.count == simulation.nodes.count && simulation.agrees })
                != nil
        else {
            throw simulation.violation("12 s after everything was mended the nodes do not agree")
        }
    }

    private func loseOne() throws {
        simulation.network.weather.loss = 0
        let count = simulation.nodes.count
        let lost = Int.random(in: 0..<count, using: &simulation.random)
        if Bool.random(using: &simulation.random) {
            simulation.crash(lost)
        } else {
            try simulation.step(lost, .leave)
        }
        let parameters = simulation.parameters
        let limit =
            parameters.suspicionMinimum * Int64(parameters.suspicionSpread)
            + 8 * Int64(count) * parameters.probeInterval
        let found = try simulation.run(for: limit) {
            simulation.up.allSatisfy { simulation.status(of: lost, seenBy: $0)?.isLive != true }
                && !simulation.nodes[lost].isUp
        }
        guard found != nil else { throw simulation.violation("n\(lost) is gone, and not all have noticed") }
    }

    /// Nothing happens any more: few datagrams, nothing changes, and what was sent meanwhile may be sent again. The seal
    /// keeps away what is older; but even that only disturbs for a while.
    private func rest() throws {
        simulation.network.weather = SimulatedNetwork.Weather()
        try simulation.run(until: simulation.now + 8_000_000)
        guard simulation.agrees else { throw simulation.violation("the nodes do not agree after a rest") }
        let before = standings
        let yesterday = simulation.recorded
        simulation.recorded = []
        let sent = simulation.network.sent
        try simulation.run(until: simulation.now + 5_000_000)
        let rate = Double(simulation.network.sent - sent) / Double(simulation.up.count) / 5
        guard rate < 12 else { throw simulation.violation("at rest each node sends \(rate) datagrams a second") }
        try replay(simulation.recorded)
        guard standings == before else { throw simulation.violation("datagrams sent again changed something") }
        try replay(yesterday)
        let patience = Int64(simulation.parameters.suspicionSpread) * simulation.parameters.suspicionMinimum
        guard try simulation.run(for: patience + Self.healLimit, until: { simulation.agrees }) != nil else {
            throw simulation.violation("datagrams of yesterday keep the nodes apart")
        }
    }

    private func replay(_ datagrams: [(bytes: [UInt8], from: GossipAddress)]) throws {
        for (bytes, from) in datagrams {
            simulation.replay(bytes, from: from, to: simulation.up.randomElement(using: &simulation.random)!)
        }
        try simulation.run(until: simulation.now + 1_500_000)
    }

    private var standings: [[String: Standing]] {
        simulation.nodes.map { node in
            guard let members = node.instance?.members else { return [:] }
            return Dictionary(uniqueKeysWithValues: members.names.map { ($0, members[$0]!.record.standing) })
        }
    }
}
